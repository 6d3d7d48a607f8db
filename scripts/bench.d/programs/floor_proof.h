#pragma once

#include <openssl/bn.h>
#include <stddef.h>

/// The numbers of an RSA key (RFC 8017 section 3.2), `p_1` being p - 1, and room for results.
typedef struct {
    int encoded_size;  // of its PKCS#8
    BIGNUM *n, *e, *d, *p, *q, *p_1, *q_1, *dp, *dq, *qinv, *result;
    BN_CTX *context;
} proof_key;

/// Reads a PEM file.
proof_key floor_read_key(const char *path);

/// The key whose encoding is nearest to an encrypted key in size.
const proof_key *floor_key_for(int encrypted_size, const proof_key *keys, size_t count);

/// Proves that the numbers of a key belong together.
void floor_prove(const proof_key *key);
