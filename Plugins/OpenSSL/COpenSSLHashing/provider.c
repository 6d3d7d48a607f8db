#include "include/hashing_provider.h"

#include "hashing.h"

static const OSSL_ALGORITHM *query(void *provider, int operation, int *is_not_cacheable) {
    (void)provider;
    // The names are those that the default provider gives them.
    static const OSSL_ALGORITHM digests[] = {
        {"SHA1:SHA-1:SSL3-SHA1:1.3.14.3.2.26", "provider=recapi", recapi_sha1_digest, "SHA-1 with cheap contexts"},
        {NULL, NULL, NULL, NULL},
    };
    static const OSSL_ALGORITHM kdfs[] = {
        {"PKCS12KDF", "provider=recapi", recapi_pkcs12_kdf, "PKCS12KDF without a context an iteration"},
        {NULL, NULL, NULL, NULL},
    };
    *is_not_cacheable = 0;
    switch (operation) {
    case OSSL_OP_DIGEST: return digests;
    case OSSL_OP_KDF: return kdfs;
    default: return NULL;
    }
}

int recapi_hashing_provider(
    const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core, const OSSL_DISPATCH **functions, void **provider) {
    OSSL_FUNC_core_get_libctx_fn *get_library_context = NULL;
    for (; core->function_id != 0; core++) {
        if (core->function_id == OSSL_FUNC_CORE_GET_LIBCTX) get_library_context = OSSL_FUNC_core_get_libctx(core);
    }
    if (!get_library_context) return 0;
    static const OSSL_DISPATCH dispatch[] = {ENTRY(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query), {0, NULL}};
    *functions = dispatch;
    // For a built-in provider the core's context is the library context (provider-base(7)).
    *provider = get_library_context(handle);
    return *provider != NULL;
}
