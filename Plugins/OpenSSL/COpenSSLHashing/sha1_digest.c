#define OPENSSL_SUPPRESS_DEPRECATED
#include "hashing.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

// SHA-1 as OpenSSL's dispatch wants it (provider-digest(7)); there is no state but the contexts.
//
// OpenSSL 3.0 frees and makes the digest's context in every `EVP_DigestInit_ex`, that is in every iteration of its
// PKCS12KDF. The default provider's way to do that is a fifth of an iteration; the one here is the shortest that
// still wipes.

static void *new_context(void *provider) {
    (void)provider;
    return malloc(sizeof(SHA_CTX));  // `start` sets all of it
}

static void free_context(void *context) {
    if (!context) return;
    memset(context, 0, sizeof(SHA_CTX));
    __asm__ volatile("" : : "r"(context) : "memory");  // keeps the memset, in line: a call costs more than the wiping
    free(context);
}

static void *copy_context(void *context) {
    SHA_CTX *copy = new_context(NULL);
    if (copy) *copy = *(const SHA_CTX *)context;
    return copy;
}

static int start(void *context, const OSSL_PARAM parameters[]) {
    (void)parameters;
    return SHA1_Init(context);
}

static int update(void *context, const unsigned char *data, size_t count) {
    return SHA1_Update(context, data, count);
}

static int finish(void *context, unsigned char *digest, size_t *count, size_t capacity) {
    if (capacity < SHA_DIGEST_LENGTH) return 0;
    *count = SHA_DIGEST_LENGTH;
    return SHA1_Final(digest, context);
}

static int get_parameters(OSSL_PARAM parameters[]) {
    OSSL_PARAM *block_size = OSSL_PARAM_locate(parameters, OSSL_DIGEST_PARAM_BLOCK_SIZE);
    OSSL_PARAM *size = OSSL_PARAM_locate(parameters, OSSL_DIGEST_PARAM_SIZE);
    OSSL_PARAM *is_extendable = OSSL_PARAM_locate(parameters, OSSL_DIGEST_PARAM_XOF);
    OSSL_PARAM *has_no_parameters = OSSL_PARAM_locate(parameters, OSSL_DIGEST_PARAM_ALGID_ABSENT);
    return (!block_size || OSSL_PARAM_set_size_t(block_size, SHA_CBLOCK))
        && (!size || OSSL_PARAM_set_size_t(size, SHA_DIGEST_LENGTH))
        && (!is_extendable || OSSL_PARAM_set_int(is_extendable, 0))
        && (!has_no_parameters || OSSL_PARAM_set_int(has_no_parameters, 1));
}

static const OSSL_PARAM *gettable_parameters(void *provider) {
    (void)provider;
    static const OSSL_PARAM gettable[] = {
        OSSL_PARAM_size_t(OSSL_DIGEST_PARAM_BLOCK_SIZE, NULL), OSSL_PARAM_size_t(OSSL_DIGEST_PARAM_SIZE, NULL),
        OSSL_PARAM_int(OSSL_DIGEST_PARAM_XOF, NULL), OSSL_PARAM_int(OSSL_DIGEST_PARAM_ALGID_ABSENT, NULL),
        OSSL_PARAM_END,
    };
    return gettable;
}

const OSSL_DISPATCH recapi_sha1_digest[] = {
    ENTRY(OSSL_FUNC_DIGEST_NEWCTX, new_context),
    ENTRY(OSSL_FUNC_DIGEST_FREECTX, free_context),
    ENTRY(OSSL_FUNC_DIGEST_DUPCTX, copy_context),
    ENTRY(OSSL_FUNC_DIGEST_INIT, start),
    ENTRY(OSSL_FUNC_DIGEST_UPDATE, update),
    ENTRY(OSSL_FUNC_DIGEST_FINAL, finish),
    ENTRY(OSSL_FUNC_DIGEST_GET_PARAMS, get_parameters),
    ENTRY(OSSL_FUNC_DIGEST_GETTABLE_PARAMS, gettable_parameters),
    {0, NULL},
};
