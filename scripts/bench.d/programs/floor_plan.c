// What there is to do for a file, by the algorithms that it names.
#include "floor_plan.h"

#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>

chain_group floor_groups[FLOOR_GROUPS];
size_t floor_group_count;

static void add_chains(bool is_pbkdf2, recapi_hash hash, uint64_t iterations, size_t count) {
    for (size_t i = 0; i < floor_group_count; i++) {
        chain_group *group = &floor_groups[i];
        if (group->is_pbkdf2 != is_pbkdf2 || group->hash != hash || group->iterations != iterations) continue;
        group->count += count;
        return;
    }
    if (floor_group_count == FLOOR_GROUPS) floor_fail("too many kinds of chains");
    floor_groups[floor_group_count++] = (chain_group){is_pbkdf2, hash, iterations, count};
}

static recapi_hash lanes_hash(int nid) {
    switch (nid) {
    case NID_sha1: case NID_hmacWithSHA1: return RECAPI_HASH_SHA1;
    case NID_sha256: case NID_hmacWithSHA256: return RECAPI_HASH_SHA256;
    default: floor_fail("there are no lanes for a hash");
    }
}

static size_t digest_size(recapi_hash hash) {
    return hash == RECAPI_HASH_SHA1 ? 20 : 32;
}

/// PKCS#12 derives a key a digest at a time, a chain for each (RFC 7292 appendix B.2), and so does PBKDF2.
static size_t chains_for(size_t key_size, recapi_hash hash) {
    return (key_size + digest_size(hash) - 1) / digest_size(hash);
}

static const EVP_CIPHER *fetch(const char *name) {
    static struct { const char *name; EVP_CIPHER *cipher; } known[8];
    size_t i = 0;
    for (; i < 8 && known[i].name; i++) {
        if (strcmp(known[i].name, name) == 0) return known[i].cipher;
    }
    if (i == 8) floor_fail("too many ciphers");
    known[i].cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    if (!known[i].cipher) floor_fail(name);
    known[i].name = name;
    return known[i].cipher;
}

static void *unpacked(const X509_ALGOR *algorithm, const ASN1_ITEM *form) {
    const void *value;
    int type;
    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    void *parameters = type == V_ASN1_SEQUENCE ? ASN1_item_unpack(value, form) : NULL;
    if (!parameters) floor_fail("parameters that are none");
    return parameters;
}

static int nid_of(const X509_ALGOR *algorithm) {
    const ASN1_OBJECT *object;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_obj2nid(object);
}

static const EVP_CIPHER *plan_pbes2(const X509_ALGOR *algorithm) {
    PBE2PARAM *scheme = unpacked(algorithm, ASN1_ITEM_rptr(PBE2PARAM));
    if (nid_of(scheme->keyfunc) != NID_id_pbkdf2) floor_fail("a key that PBKDF2 does not derive");
    PBKDF2PARAM *derivation = unpacked(scheme->keyfunc, ASN1_ITEM_rptr(PBKDF2PARAM));
    const EVP_CIPHER *cipher = fetch(OBJ_nid2sn(nid_of(scheme->encryption)));
    const recapi_hash hash = lanes_hash(derivation->prf ? nid_of(derivation->prf) : NID_hmacWithSHA1);
    add_chains(
        true, hash, (uint64_t)ASN1_INTEGER_get(derivation->iter),
        chains_for((size_t)EVP_CIPHER_get_key_length(cipher), hash));
    PBKDF2PARAM_free(derivation);
    PBE2PARAM_free(scheme);
    return cipher;
}

static const EVP_CIPHER *plan_pbes1(const X509_ALGOR *algorithm, const char *cipher_name, size_t key_size) {
    PBEPARAM *parameters = unpacked(algorithm, ASN1_ITEM_rptr(PBEPARAM));
    const size_t iv = 1;
    add_chains(
        false, RECAPI_HASH_SHA1, (uint64_t)ASN1_INTEGER_get(parameters->iter),
        chains_for(key_size, RECAPI_HASH_SHA1) + iv);
    PBEPARAM_free(parameters);
    return fetch(cipher_name);
}

static const EVP_CIPHER *plan_scheme(const X509_ALGOR *algorithm) {
    switch (nid_of(algorithm)) {
    case NID_pbes2: return plan_pbes2(algorithm);
    case NID_pbe_WithSHA1And3_Key_TripleDES_CBC: return plan_pbes1(algorithm, "DES-EDE3-CBC", 24);
    case NID_pbe_WithSHA1And40BitRC2_CBC: return plan_pbes1(algorithm, "RC2-40-CBC", 5);
    default: floor_fail("an encryption scheme that it does not know");
    }
}

static void add_item(file_plan *plan, const X509_ALGOR *algorithm, int size, bool is_key) {
    if (plan->count == FLOOR_ITEMS || size > FLOOR_LARGEST_ITEM) floor_fail("a file that is too large");
    plan->items[plan->count++] = (encrypted_item){plan_scheme(algorithm), size, is_key};
}

static size_t plan_keys(file_plan *plan, const PKCS7 *content) {
    STACK_OF(PKCS12_SAFEBAG) *bags = PKCS12_unpack_p7data((PKCS7 *)content);
    size_t keys = 0;
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag) continue;
        const X509_ALGOR *algorithm;
        const ASN1_OCTET_STRING *shroud;
        X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, &shroud);
        add_item(plan, algorithm, ASN1_STRING_length(shroud), true);
        keys++;
    }
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return keys;
}

static void plan_mac(const PKCS12 *pfx) {
    const X509_ALGOR *algorithm;
    const ASN1_INTEGER *iterations;
    PKCS12_get0_mac(NULL, &algorithm, NULL, &iterations, pfx);
    if (!algorithm) floor_fail("a file without a MAC");
    add_chains(false, lanes_hash(nid_of(algorithm)), iterations ? (uint64_t)ASN1_INTEGER_get(iterations) : 1, 1);
}

void floor_plan(file_plan *plan, const char *path) {
    BIO *file = BIO_new_file(path, "rb");
    PKCS12 *pfx = file ? d2i_PKCS12_bio(file, NULL) : NULL;
    STACK_OF(PKCS7) *contents = pfx ? PKCS12_unpack_authsafes(pfx) : NULL;
    if (!contents) floor_fail(path);
    size_t keys = 0;
    for (int i = 0; i < sk_PKCS7_num(contents); i++) {
        const PKCS7 *content = sk_PKCS7_value(contents, i);
        if (PKCS7_type_is_encrypted(content)) {
            const PKCS7_ENC_CONTENT *encrypted = content->d.encrypted->enc_data;
            add_item(plan, encrypted->algorithm, ASN1_STRING_length(encrypted->enc_data), false);
        } else {
            keys += plan_keys(plan, content);
        }
    }
    if (keys == 0) floor_fail("a file whose keys are not beside its certificates");
    plan_mac(pfx);
    const size_t passes = 2, certificates = 3, each_key = 3, mac = 1;
    add_chains(false, RECAPI_HASH_SHA1, 2000, passes * (certificates + each_key * keys + mac));
    sk_PKCS7_pop_free(contents, PKCS7_free);
    PKCS12_free(pfx);
    BIO_free(file);
}
