/*
 * A complete provider in C: a PKCS#12 reader over OpenSSL's library, built from the installed header alone.
 *
 *     cc -std=c11 -shared -fPIC -I INCLUDE -o librecapi-provider-example.so example.c -lcrypto
 *     RECAPI_PROVIDER_PATH=$PWD recapi providers
 *
 * It has no `crypto`, so that it seals nothing: it is a second opinion on what others sealed. The contract of each
 * function is in recapi_provider.h.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/opensslv.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "recapi_provider.h"

/* Writes a reason where the caller wants one, and gives the status back. */
static recapi_status fail(recapi_reason *reason, recapi_status status, const char *text) {
    if (reason != NULL && reason->text != NULL && reason->capacity > 0) {
        snprintf(reason->text, reason->capacity, "%s", text);
    }
    return status;
}

/* ---- Keys: the numbers go to the sink from memory that is wiped afterwards --------------------------------------- */

enum { LARGEST_NUMBER = 2048 }; /* bytes: RSA-16384 */

static recapi_status report_key(RSA *rsa, const recapi_sink *sink, recapi_reason *reason) {
    const BIGNUM *numbers[8];
    recapi_bytes spans[8];
    uint8_t *memory;
    recapi_found_key key;
    recapi_status status;

    RSA_get0_key(rsa, &numbers[0], &numbers[1], &numbers[2]);
    RSA_get0_factors(rsa, &numbers[3], &numbers[4]);
    RSA_get0_crt_params(rsa, &numbers[5], &numbers[6], &numbers[7]);
    if (RSA_get_version(rsa) != RSA_ASN1_VERSION_DEFAULT) {
        return fail(reason, RECAPI_UNSUPPORTED, "the key has more than two primes");
    }
    memory = OPENSSL_malloc(8 * LARGEST_NUMBER);
    if (memory == NULL) return fail(reason, RECAPI_FAILED, "out of memory");
    for (int i = 0; i < 8; i++) {
        if (numbers[i] == NULL || BN_num_bytes(numbers[i]) > LARGEST_NUMBER) {
            OPENSSL_clear_free(memory, 8 * LARGEST_NUMBER);
            return fail(reason, RECAPI_MALFORMED, "a number of the key is missing or too large");
        }
        spans[i].data = memory + i * LARGEST_NUMBER;
        spans[i].size = (uint64_t)BN_bn2bin(numbers[i], memory + i * LARGEST_NUMBER);
    }
    memset(&key, 0, sizeof key); /* what `reports` does not promise stays zero */
    key.rsa = (recapi_rsa_key){spans[0], spans[1], spans[2], spans[3], spans[4], spans[5], spans[6], spans[7]};
    status = sink->key(sink->context, &key);
    OPENSSL_clear_free(memory, 8 * LARGEST_NUMBER);
    return status;
}

static recapi_status report_pkcs8(const PKCS8_PRIV_KEY_INFO *info, const recapi_sink *sink, recapi_reason *reason) {
    const ASN1_OBJECT *algorithm = NULL;
    const unsigned char *bytes = NULL;
    int size = 0;
    RSA *rsa;
    recapi_status status;

    if (!PKCS8_pkey_get0(&algorithm, &bytes, &size, NULL, info) || OBJ_obj2nid(algorithm) != NID_rsaEncryption) {
        return fail(reason, RECAPI_UNSUPPORTED, "the key is not RSA");
    }
    rsa = d2i_RSAPrivateKey(NULL, &bytes, size);
    if (rsa == NULL) return fail(reason, RECAPI_MALFORMED, "the RSA key cannot be read");
    status = report_key(rsa, sink, reason);
    RSA_free(rsa);
    return status;
}

/* ---- Bags -------------------------------------------------------------------------------------------------------- */

static recapi_status report_bags(const STACK_OF(PKCS12_SAFEBAG) *bags, const char *password, int size,
                                 const recapi_sink *sink, recapi_reason *reason) {
    recapi_status status = RECAPI_OK;
    for (int i = 0; status == RECAPI_OK && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        switch (PKCS12_SAFEBAG_get_nid(bag)) {
        case NID_keyBag:
            status = report_pkcs8(PKCS12_SAFEBAG_get0_p8inf(bag), sink, reason);
            break;
        case NID_pkcs8ShroudedKeyBag: {
            PKCS8_PRIV_KEY_INFO *info = PKCS12_decrypt_skey(bag, password, size);
            if (info == NULL) return fail(reason, RECAPI_MALFORMED, "a key cannot be decrypted");
            status = report_pkcs8(info, sink, reason);
            PKCS8_PRIV_KEY_INFO_free(info);
            break;
        }
        case NID_certBag: {
            X509 *certificate = PKCS12_SAFEBAG_get1_cert(bag);
            unsigned char *der = NULL;
            int length = certificate == NULL ? -1 : i2d_X509(certificate, &der);
            recapi_found_certificate found;
            X509_free(certificate);
            if (length < 0) return fail(reason, RECAPI_MALFORMED, "a certificate cannot be read");
            memset(&found, 0, sizeof found);
            found.der = (recapi_bytes){der, (uint64_t)length};
            status = sink->certificate(sink->context, &found);
            OPENSSL_free(der);
            break;
        }
        case NID_safeContentsBag:
            status = report_bags(PKCS12_SAFEBAG_get0_safes(bag), password, size, sink, reason);
            break;
        default: /* CRLs and secrets are not asked for */
            break;
        }
    }
    return status;
}

static recapi_status report_parts(const PKCS12 *file, const char *password, int size, const recapi_sink *sink,
                                  recapi_reason *reason) {
    STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(file);
    recapi_status status = RECAPI_OK;
    if (parts == NULL) return fail(reason, RECAPI_MALFORMED, "the file has no contents");
    for (int i = 0; status == RECAPI_OK && i < sk_PKCS7_num(parts); i++) {
        PKCS7 *part = sk_PKCS7_value(parts, i);
        STACK_OF(PKCS12_SAFEBAG) *bags = PKCS7_type_is_data(part) ? PKCS12_unpack_p7data(part)
                                                                  : PKCS12_unpack_p7encdata(part, password, size);
        if (bags == NULL) {
            status = fail(reason, RECAPI_MALFORMED, "a part of the file cannot be decrypted or read");
        } else {
            status = report_bags(bags, password, size, sink, reason);
        }
        sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    }
    sk_PKCS7_pop_free(parts, PKCS7_free);
    return status;
}

/* ---- The table --------------------------------------------------------------------------------------------------- */

static recapi_status read_file(void *context, recapi_bytes file, recapi_bytes password, const recapi_sink *sink,
                               recapi_reason *reason) {
    const unsigned char *bytes = file.data;
    const char *text = password.size == 0 ? "" : (const char *)password.data;
    int size = (int)password.size;
    PKCS12 *pfx;
    recapi_status status;

    (void)context;
    if (sink == NULL || file.size > INT32_MAX || password.size > INT32_MAX) {
        return fail(reason, RECAPI_INVALID_ARGUMENT, "a size or a pointer is not allowed");
    }
    pfx = d2i_PKCS12(NULL, &bytes, (long)file.size);
    if (pfx == NULL) return fail(reason, RECAPI_MALFORMED, "the file is not a PFX");
    if (PKCS12_mac_present(pfx) && !PKCS12_verify_mac(pfx, text, size)) {
        text = NULL; /* no password at all, which PKCS#12 tells from an empty one */
        status = size == 0 && PKCS12_verify_mac(pfx, NULL, 0) ? RECAPI_OK : RECAPI_WRONG_PASSWORD;
    } else {
        status = RECAPI_OK;
    }
    status = status == RECAPI_OK ? report_parts(pfx, text, size, sink, reason)
                                 : fail(reason, status, "the MAC does not verify with this password");
    PKCS12_free(pfx);
    return status;
}

static const recapi_reader_v1 reader = {.struct_size = sizeof(recapi_reader_v1), .reports = 0, .read = read_file};

static const recapi_provider_v1 provider = {
    .abi_version = RECAPI_ABI_VERSION,
    .struct_size = sizeof(recapi_provider_v1),
    .name = "example",
    .library = OPENSSL_VERSION_TEXT,
    .reader = &reader,
};

/* The loader makes this name from the file's name. */
recapi_status recapi_provider_example_v1(const recapi_provider_v1 **table, recapi_reason *reason) {
    if (table == NULL) return fail(reason, RECAPI_INVALID_ARGUMENT, "there is nowhere to put the table");
    *table = &provider;
    return RECAPI_OK;
}
