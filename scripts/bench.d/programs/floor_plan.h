#pragma once

#include <key_derivation.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

enum { FLOOR_GROUPS = 32, FLOOR_ITEMS = 16, FLOOR_LARGEST_ITEM = 1 << 20 };

/// Chains that can run side by side, of all files.
typedef struct {
    bool is_pbkdf2;
    recapi_hash hash;
    uint64_t iterations;
    size_t count;
} chain_group;

/// One encrypted value of a file.
typedef struct {
    const EVP_CIPHER *cipher;
    int size;
    bool is_key;
} encrypted_item;

typedef struct {
    encrypted_item items[FLOOR_ITEMS];
    size_t count;
} file_plan;

extern chain_group floor_groups[FLOOR_GROUPS];
extern size_t floor_group_count;

/// Reads what a file has encrypted, and adds the chains that opening, sealing and verifying it take; decrypts nothing.
void floor_plan(file_plan *plan, const char *path);

/// Ends the program.
_Noreturn void floor_fail(const char *what);
