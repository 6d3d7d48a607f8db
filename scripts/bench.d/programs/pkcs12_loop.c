// The least that a program of one's own would do: reads PFX files and writes them again with OpenSSL's two functions
// for that, in one process, and verifies nothing: pkcs12_loop PASSWORD_FILE OUT FILE...
//
// What it writes is as what recapi writes: 3DES and a MAC with SHA-1, 2,000 iterations, the names of a CAPI1 provider.
#include <libgen.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS = 2000 };
static const char provider_name[] = "Microsoft RSA SChannel Cryptographic Provider";

static void fail(const char *what) {
    fprintf(stderr, "pkcs12_loop: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static PKCS12 *read_pfx(const char *path) {
    FILE *file = fopen(path, "rb");
    PKCS12 *pfx = file ? d2i_PKCS12_fp(file, NULL) : NULL;
    if (!pfx) fail(path);
    fclose(file);
    return pfx;
}

static void write_pfx(const char *path, PKCS12 *pfx) {
    FILE *file = fopen(path, "wb");
    if (!file || !i2d_PKCS12_fp(file, pfx) || fclose(file)) fail(path);
}

static PKCS12 *sealed(EVP_PKEY *key, X509 *certificate, STACK_OF(X509) *others, const char *password) {
    const int pbe = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
    if (!EVP_PKEY_add1_attr_by_NID(key, NID_ms_csp_name, MBSTRING_UTF8, (const unsigned char *)provider_name, -1))
        fail("cannot name the provider");
    // Its own MAC would be one with SHA-256.
    PKCS12 *pfx = PKCS12_create(password, "server", key, certificate, others, pbe, pbe, ITERATIONS, -1, KEY_EX);
    if (!pfx || !PKCS12_set_mac(pfx, password, -1, NULL, 0, ITERATIONS, EVP_sha1())) fail("cannot seal");
    return pfx;
}

static void convert(const char *source, const char *target, const char *password) {
    PKCS12 *pfx = read_pfx(source);
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    STACK_OF(X509) *others = NULL;
    if (!PKCS12_parse(pfx, password, &key, &certificate, &others) || !key || !certificate) fail(source);
    PKCS12 *output = sealed(key, certificate, others, password);
    write_pfx(target, output);
    PKCS12_free(output);
    sk_X509_pop_free(others, X509_free);
    X509_free(certificate);
    EVP_PKEY_free(key);
    PKCS12_free(pfx);
}

int main(int count, char **words) {
    if (count < 3) fail("PASSWORD_FILE OUT FILE...");
    char password[256] = "", target[4096];
    FILE *file = fopen(words[1], "r");
    if (!file || !fgets(password, sizeof password, file)) fail(words[1]);
    fclose(file);
    password[strcspn(password, "\n")] = 0;
    if (!OSSL_PROVIDER_load(NULL, "default") || !OSSL_PROVIDER_load(NULL, "legacy"))
        fail("there is no legacy provider");
    for (int i = 3; i < count; i++) {
        snprintf(target, sizeof target, "%s/%s", words[2], basename(words[i]));
        convert(words[i], target, password);
    }
    return 0;
}
