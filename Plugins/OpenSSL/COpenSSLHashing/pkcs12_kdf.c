#define OPENSSL_SUPPRESS_DEPRECATED
#include "hashing.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <string.h>

// PKCS12KDF as OpenSSL's dispatch wants it (provider-kdf(7)), with SHA-1 for keys and initialization vectors: the way of
// RFC 7292 appendix B.2 written a second time, apart from the code that seals files, over libcrypto's compression
// function; prepared_keys.c has keys that need not be derived again. All else, and every key of a MAC that was not lent,
// goes to the default provider's PKCS12KDF as it comes.

enum { BLOCK = SHA_CBLOCK, DIGEST = SHA_DIGEST_LENGTH, MAC_KEY_ID = 3 };

typedef struct {
    OSSL_LIB_CTX *library;
    EVP_KDF_CTX *other;  // set where the default provider derives
    recapi_derived_key wanted;  // all but the key
} context;

static void *new_context(void *library) {
    context *kdf = OPENSSL_zalloc(sizeof(context));
    if (kdf) kdf->library = library;
    return kdf;
}

static void reset(void *opaque) {
    context *kdf = opaque;
    EVP_KDF_CTX_free(kdf->other);
    OPENSSL_clear_free(kdf->wanted.password, kdf->wanted.password_size);
    OPENSSL_free(kdf->wanted.salt);
    *kdf = (context){.library = kdf->library};
}

static void free_context(void *opaque) {
    if (!opaque) return;
    reset(opaque);
    OPENSSL_free(opaque);
}

// Replaces `*bytes` by those of the parameter.
static int take_bytes(const OSSL_PARAM *parameter, unsigned char **bytes, size_t *size) {
    OPENSSL_clear_free(*bytes, *size);
    *bytes = NULL;
    *size = 0;
    // Zero bytes are a password as well: that of files without one.
    if (parameter->data_size == 0) return 1;
    void *copy = NULL;
    if (!OSSL_PARAM_get_octet_string(parameter, &copy, 0, size)) return 0;
    *bytes = copy;
    return 1;
}

static int is_sha1(const OSSL_PARAM *digest) {
    const char *name = NULL;
    return digest && OSSL_PARAM_get_utf8_string_ptr(digest, &name) && name
        && (OPENSSL_strcasecmp(name, "SHA1") == 0 || OPENSSL_strcasecmp(name, "SHA-1") == 0);
}

// All parameters come in one call, as PKCS12_key_gen_uni_ex gives them; what comes in several is the default provider's.
static int is_ours(const OSSL_PARAM parameters[]) {
    return is_sha1(OSSL_PARAM_locate_const(parameters, OSSL_KDF_PARAM_DIGEST))
        && OSSL_PARAM_locate_const(parameters, OSSL_KDF_PARAM_PASSWORD)
        && OSSL_PARAM_locate_const(parameters, OSSL_KDF_PARAM_SALT)
        && OSSL_PARAM_locate_const(parameters, OSSL_KDF_PARAM_ITER)
        && OSSL_PARAM_locate_const(parameters, OSSL_KDF_PARAM_PKCS12_ID);
}

static int set_other_parameters(context *kdf, const OSSL_PARAM parameters[]) {
    if (!kdf->other) {
        EVP_KDF *fetched = EVP_KDF_fetch(kdf->library, "PKCS12KDF", "provider=default");
        kdf->other = EVP_KDF_CTX_new(fetched);
        EVP_KDF_free(fetched);
    }
    return kdf->other && EVP_KDF_CTX_set_params(kdf->other, parameters);
}

static int take_derivation(recapi_derived_key *wanted, const OSSL_PARAM parameters[]) {
    return take_bytes(
               OSSL_PARAM_locate_const(parameters, OSSL_KDF_PARAM_PASSWORD), &wanted->password, &wanted->password_size)
        && take_bytes(OSSL_PARAM_locate_const(parameters, OSSL_KDF_PARAM_SALT), &wanted->salt, &wanted->salt_size)
        && OSSL_PARAM_get_int(OSSL_PARAM_locate_const(parameters, OSSL_KDF_PARAM_PKCS12_ID), &wanted->id)
        && OSSL_PARAM_get_uint64(OSSL_PARAM_locate_const(parameters, OSSL_KDF_PARAM_ITER), &wanted->iterations);
}

static int set_parameters(void *opaque, const OSSL_PARAM parameters[]) {
    context *kdf = opaque;
    if (!parameters) return 1;
    if (kdf->other || !is_ours(parameters)) return set_other_parameters(kdf, parameters);
    recapi_derived_key *wanted = &kdf->wanted;
    if (!take_derivation(wanted, parameters)) return 0;
    if (wanted->id != MAC_KEY_ID) return 1;
    wanted->key_size = DIGEST;
    return recapi_prepared_key(wanted) ? 1 : set_other_parameters(kdf, parameters);
}

static const OSSL_PARAM *settable_parameters(void *opaque, void *library) {
    (void)opaque, (void)library;
    static const OSSL_PARAM settable[] = {
        OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_PROPERTIES, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_KDF_PARAM_PASSWORD, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, NULL, 0),
        OSSL_PARAM_uint64(OSSL_KDF_PARAM_ITER, NULL),
        OSSL_PARAM_int(OSSL_KDF_PARAM_PKCS12_ID, NULL),
        OSSL_PARAM_END,
    };
    return settable;
}

static void store(unsigned char *bytes, SHA_LONG word) {
    for (int i = 0; i < 4; i++) bytes[i] = (unsigned char)(word >> (24 - 8 * i));
}

static void store_digest(unsigned char digest[DIGEST], const SHA_CTX *hash) {
    store(digest, hash->h0);
    store(digest + 4, hash->h1);
    store(digest + 8, hash->h2);
    store(digest + 12, hash->h3);
    store(digest + 16, hash->h4);
}

// A = H^iterations(D || I). A digest fills one block together with its padding (FIPS 180-4 section 5.1.1).
static void chain(const unsigned char *message, size_t size, uint64_t iterations, unsigned char digest[DIGEST]) {
    SHA_CTX hash;
    SHA1_Init(&hash);
    SHA1_Update(&hash, message, size);
    SHA1_Final(digest, &hash);
    unsigned char block[BLOCK] = {[DIGEST] = 0x80, [BLOCK - 1] = 8 * DIGEST};
    memcpy(block, digest, DIGEST);
    for (uint64_t i = 1; i < iterations; i++) {
        SHA1_Init(&hash);
        SHA1_Transform(&hash, block);
        store_digest(block, &hash);
    }
    memcpy(digest, block, DIGEST);
    OPENSSL_cleanse(block, sizeof block);
    OPENSSL_cleanse(&hash, sizeof hash);
}

static size_t rounded_up(size_t size) {
    return (size + BLOCK - 1) / BLOCK * BLOCK;
}

static void repeat(unsigned char *target, size_t count, const unsigned char *source, size_t size) {
    for (size_t i = 0; i < count; i++) target[i] = source[i % size];
}

// I_j = (I_j + B + 1) mod 2^512, where B repeats the digest.
static void add(unsigned char block[BLOCK], const unsigned char digest[DIGEST]) {
    unsigned carry = 1;
    for (int i = BLOCK - 1; i >= 0; i--) {
        carry += block[i] + digest[i % DIGEST];
        block[i] = (unsigned char)carry;
        carry >>= 8;
    }
}

static int derive_alone(const recapi_derived_key *wanted, unsigned char *key) {
    const size_t largest = 1 << 24;
    // No more than recapi itself goes along with: a damaged count would hash for minutes.
    const uint64_t most_iterations = 10000000;
    if (wanted->iterations < 1 || wanted->iterations > most_iterations || wanted->password_size > largest
        || wanted->salt_size > largest)
        return 0;

    const size_t salt_room = rounded_up(wanted->salt_size);
    const size_t input_room = salt_room + rounded_up(wanted->password_size);
    unsigned char *message = OPENSSL_malloc(BLOCK + input_room);
    if (!message) return 0;
    unsigned char *input = message + BLOCK;
    memset(message, wanted->id, BLOCK);
    repeat(input, salt_room, wanted->salt, wanted->salt_size);
    repeat(input + salt_room, input_room - salt_room, wanted->password, wanted->password_size);
    unsigned char digest[DIGEST];
    size_t size = wanted->key_size;
    while (size > 0) {
        chain(message, BLOCK + input_room, wanted->iterations, digest);
        const size_t taken = size < DIGEST ? size : DIGEST;
        memcpy(key, digest, taken);
        key += taken;
        size -= taken;
        for (size_t i = 0; size > 0 && i < input_room; i += BLOCK) add(input + i, digest);
    }
    OPENSSL_cleanse(digest, sizeof digest);
    OPENSSL_clear_free(message, BLOCK + input_room);
    return 1;
}

static int derive(void *opaque, unsigned char *key, size_t size, const OSSL_PARAM parameters[]) {
    context *kdf = opaque;
    if (!set_parameters(kdf, parameters)) return 0;
    if (kdf->other) return EVP_KDF_derive(kdf->other, key, size, NULL);
    kdf->wanted.key_size = size;
    const recapi_derived_key *prepared = recapi_prepared_key(&kdf->wanted);
    if (prepared && recapi_is_proven_shape(prepared)) {
        memcpy(key, prepared->key, size);
        return 1;
    }
    if (!derive_alone(&kdf->wanted, key)) return 0;
    if (!prepared) return 1;
    if (CRYPTO_memcmp(key, prepared->key, size) != 0) {
        OPENSSL_cleanse(key, size);
        ERR_raise_data(ERR_LIB_PROV, ERR_R_INTERNAL_ERROR, "a key prepared in lanes is not the one that SHA-1 gives");
        return 0;
    }
    recapi_add_proven_shape(prepared);
    return 1;
}

const OSSL_DISPATCH recapi_pkcs12_kdf[] = {
    ENTRY(OSSL_FUNC_KDF_NEWCTX, new_context),
    ENTRY(OSSL_FUNC_KDF_FREECTX, free_context),
    ENTRY(OSSL_FUNC_KDF_RESET, reset),
    ENTRY(OSSL_FUNC_KDF_DERIVE, derive),
    ENTRY(OSSL_FUNC_KDF_SET_CTX_PARAMS, set_parameters),
    ENTRY(OSSL_FUNC_KDF_SETTABLE_CTX_PARAMS, settable_parameters),
    {0, NULL},
};
