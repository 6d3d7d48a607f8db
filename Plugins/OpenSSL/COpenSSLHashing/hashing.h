#pragma once
#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENTRY(id, function) {id, (void (*)(void))function}

extern const OSSL_DISPATCH recapi_sha1_digest[];
extern const OSSL_DISPATCH recapi_pkcs12_kdf[];

/// What makes a key of the PKCS#12 derivation with SHA-1, and the key where it is known.
typedef struct {
    unsigned char *password;
    size_t password_size;
    unsigned char *salt;
    size_t salt_size;
    uint64_t iterations;
    int id;
    unsigned char *key;
    size_t key_size;
} recapi_derived_key;

/// The key lent to this thread for a derivation (`wanted->key` is not looked at), or NULL.
const recapi_derived_key *recapi_prepared_key(const recapi_derived_key *wanted);
/// Whether a key of this shape came out the same both ways before.
bool recapi_is_proven_shape(const recapi_derived_key *key);
void recapi_add_proven_shape(const recapi_derived_key *key);
