// The proof that the numbers of a key belong together, as recapi's providers do it.
#include "floor_proof.h"

#include "floor_plan.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

static BIGNUM *number(const EVP_PKEY *key, const char *name) {
    BIGNUM *number = NULL;
    if (!EVP_PKEY_get_bn_param(key, name, &number)) floor_fail(name);
    return number;
}

proof_key floor_read_key(const char *path) {
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (!key) floor_fail(path);
    fclose(file);
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    proof_key proof = {
        i2d_PKCS8_PRIV_KEY_INFO(info, NULL),
        number(key, OSSL_PKEY_PARAM_RSA_N), number(key, OSSL_PKEY_PARAM_RSA_E), number(key, OSSL_PKEY_PARAM_RSA_D),
        number(key, OSSL_PKEY_PARAM_RSA_FACTOR1), number(key, OSSL_PKEY_PARAM_RSA_FACTOR2),
        number(key, OSSL_PKEY_PARAM_RSA_FACTOR1), number(key, OSSL_PKEY_PARAM_RSA_FACTOR2),
        number(key, OSSL_PKEY_PARAM_RSA_EXPONENT1), number(key, OSSL_PKEY_PARAM_RSA_EXPONENT2),
        number(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1), BN_new(), BN_CTX_new()};
    if (!BN_sub_word(proof.p_1, 1) || !BN_sub_word(proof.q_1, 1)) floor_fail(path);
    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(key);
    return proof;
}

void floor_prove(const proof_key *k) {
    const int holds = BN_mul(k->result, k->p, k->q, k->context) && BN_cmp(k->result, k->n) == 0
        && BN_mod_mul(k->result, k->e, k->d, k->p_1, k->context) && BN_is_one(k->result)
        && BN_mod_mul(k->result, k->e, k->d, k->q_1, k->context) && BN_is_one(k->result)
        && BN_nnmod(k->result, k->d, k->p_1, k->context) && BN_cmp(k->result, k->dp) == 0
        && BN_nnmod(k->result, k->d, k->q_1, k->context) && BN_cmp(k->result, k->dq) == 0
        && BN_mod_mul(k->result, k->qinv, k->q, k->p, k->context) && BN_is_one(k->result);
    if (!holds) floor_fail("the numbers of a key do not belong together");
}

const proof_key *floor_key_for(int encrypted_size, const proof_key *keys, size_t count) {
    const proof_key *nearest = keys;
    for (size_t i = 1; i < count; i++) {
        const proof_key *key = &keys[i];
        if (abs(key->encoded_size - encrypted_size) < abs(nearest->encoded_size - encrypted_size)) nearest = key;
    }
    return nearest;
}
