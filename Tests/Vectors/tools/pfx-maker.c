/* Writes PFX files that no command-line tool writes, with OpenSSL's own PKCS#12 functions.
 *
 *   pfx-maker OUT PASSWORD [mac=DIGEST|none] [macpass=PASSWORD] [iter=N] STEP...
 *
 * Steps: safe=plain|ALGORITHM [prf=NAME]     begins the next SafeContents
 *        cert=PEM  crl=PEM  secret=TEXT      adds a bag
 *        key=PEM [pbe=plain|ALGORITHM]       adds a key bag (default: PBE-SHA1-3DES, prf as above)
 *        name=UTF8 id=HEX csp=NAME lmk       adds an attribute to the last bag
 *        usage=HEX                           before key=: the key usage inside its PKCS#8
 *        flip                                damages the padding of this encrypted SafeContents
 * ALGORITHM is an OpenSSL name: PBE-SHA1-3DES, PBE-SHA1-RC2-40, AES-256-CBC. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <string.h>

static const char *password;
static int iterations = 2000;

static void require(int ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "pfx-maker: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static const char *after(const char *argument, const char *key) {
    size_t n = strlen(key);
    return strncmp(argument, key, n) == 0 ? argument + n : NULL;
}

static BIO *open_pem(const char *path) {
    BIO *bio = BIO_new_file(path, "r");
    require(bio != NULL, path);
    return bio;
}

static X509_ALGOR *algorithm(const char *name, const char *prf) {
    unsigned char salt[8];
    int nid = OBJ_txt2nid(name);
    require(nid != NID_undef && RAND_bytes(salt, sizeof salt) == 1, name);
    const EVP_CIPHER *cipher = strncmp(name, "PBE-", 4) == 0 ? NULL : EVP_get_cipherbynid(nid);
    X509_ALGOR *result = cipher != NULL
        ? PKCS5_pbe2_set_iv(cipher, iterations, salt, sizeof salt, NULL, prf != NULL ? OBJ_txt2nid(prf) : -1)
        : PKCS5_pbe_set(nid, iterations, salt, sizeof salt);
    require(result != NULL, name);
    return result;
}

static PKCS12_SAFEBAG *key_bag(const char *path, const char *pbe, const char *prf, int usage) {
    BIO *bio = open_pem(path);
    PKCS8_PRIV_KEY_INFO *p8 = PEM_read_bio_PKCS8_PRIV_KEY_INFO(bio, NULL, NULL, NULL);
    require(p8 != NULL, path);
    if (usage != 0) require(PKCS8_add_keyusage(p8, usage), "usage");
    if (strcmp(pbe, "plain") == 0) return PKCS12_SAFEBAG_create0_p8inf(p8);
    X509_SIG *shrouded = PKCS8_set0_pbe(password, -1, p8, algorithm(pbe, prf));
    require(shrouded != NULL, "encrypting the key");
    return PKCS12_SAFEBAG_create0_pkcs8(shrouded);
}

static PKCS7 *close_safe(STACK_OF(PKCS12_SAFEBAG) *bags, const char *name, const char *prf, int flip) {
    if (strcmp(name, "plain") == 0) return PKCS12_pack_p7data(bags);
    PKCS7 *p7 = PKCS7_new();
    require(p7 != NULL && PKCS7_set_type(p7, NID_pkcs7_encrypted), "PKCS7_set_type");
    PKCS7_ENC_CONTENT *content = p7->d.encrypted->enc_data;
    X509_ALGOR_free(content->algorithm);
    content->algorithm = algorithm(name, prf);
    content->enc_data = PKCS12_item_i2d_encrypt(
        content->algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), password, -1, bags, 1);
    require(content->enc_data != NULL, "encrypting the bags");
    if (flip) content->enc_data->data[content->enc_data->length - 1 - (strncmp(name, "AES", 3) == 0 ? 16 : 8)] ^= 1;
    return p7;
}

int main(int argc, char **argv) {
    require(argc > 3, "usage: see the head of pfx-maker.c");
    require(OSSL_PROVIDER_load(NULL, "default") && OSSL_PROVIDER_load(NULL, "legacy"), "OpenSSL's legacy provider");
    password = argv[2];
    const char *mac = "SHA1", *mac_password = password, *safe = NULL, *prf = NULL, *value;
    int usage = 0, flip = 0;
    STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    PKCS12_SAFEBAG *bag = NULL;
    for (int i = 3; i <= argc; i++) {
        const char *step = i < argc ? argv[i] : "safe=";
        if ((value = after(step, "safe="))) {
            if (safe != NULL) require(sk_PKCS7_push(safes, close_safe(bags, safe, prf, flip)), "closing a safe");
            safe = value, bags = sk_PKCS12_SAFEBAG_new_null(), prf = NULL, flip = 0;
            continue;
        }
        if ((value = after(step, "mac="))) { mac = value; continue; }
        if ((value = after(step, "macpass="))) { mac_password = value; continue; }
        if ((value = after(step, "iter="))) { iterations = atoi(value); continue; }
        if ((value = after(step, "prf="))) { prf = value; continue; }
        if ((value = after(step, "usage="))) { usage = (int)strtol(value, NULL, 16); continue; }
        if (strcmp(step, "flip") == 0) { flip = 1; continue; }
        if ((value = after(step, "name="))) { require(PKCS12_add_friendlyname_utf8(bag, value, -1), step); continue; }
        if ((value = after(step, "csp="))) { require(PKCS12_add_CSPName_asc(bag, value, -1), step); continue; }
        if (strcmp(step, "lmk") == 0) {
            require(PKCS12_add1_attr_by_NID(bag, NID_LocalKeySet, 0, NULL, -1), step);
            continue;
        }
        if ((value = after(step, "id="))) {
            long length;
            unsigned char *id = OPENSSL_hexstr2buf(value, &length);
            require(id != NULL && PKCS12_add_localkeyid(bag, id, (int)length), step);
            continue;
        }
        if ((value = after(step, "cert="))) {
            bag = PKCS12_SAFEBAG_create_cert(PEM_read_bio_X509(open_pem(value), NULL, NULL, NULL));
        } else if ((value = after(step, "crl="))) {
            bag = PKCS12_SAFEBAG_create_crl(PEM_read_bio_X509_CRL(open_pem(value), NULL, NULL, NULL));
        } else if ((value = after(step, "secret="))) {
            bag = PKCS12_SAFEBAG_create_secret(
                NID_pkcs7_data, V_ASN1_OCTET_STRING, (unsigned char *)value, (int)strlen(value));
        } else if ((value = after(step, "key="))) {
            const char *pbe = i + 1 < argc ? after(argv[i + 1], "pbe=") : NULL;
            bag = key_bag(value, pbe != NULL ? pbe : "PBE-SHA1-3DES", prf, usage);
            if (pbe != NULL) i++;
            usage = 0;
        } else {
            require(0, step);
        }
        require(bag != NULL && bags != NULL && sk_PKCS12_SAFEBAG_push(bags, bag), step);
    }
    PKCS12 *pfx = PKCS12_add_safes(safes, 0);
    require(pfx != NULL, "PKCS12_add_safes");
    if (strcmp(mac, "none") != 0)
        require(PKCS12_set_mac(pfx, mac_password, -1, NULL, 8, iterations, EVP_get_digestbyname(mac)), "MAC");
    BIO *out = BIO_new_file(argv[1], "wb");
    require(out != NULL && i2d_PKCS12_bio(out, pfx) && BIO_flush(out) == 1, argv[1]);
    BIO_free(out);
    return 0;
}
