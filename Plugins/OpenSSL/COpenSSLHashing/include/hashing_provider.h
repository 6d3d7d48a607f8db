#pragma once
#include <openssl/core.h>

/// The entry point of a built-in OpenSSL provider (provider(7)) with two algorithms under `provider=recapi`, which make
/// OpenSSL's reader of PKCS#12 cheaper and are no part of what seals files: libcrypto's own SHA-1 with cheap contexts, and
/// PKCS12KDF over libcrypto's own SHA-1 without a context an iteration.
OSSL_provider_init_fn recapi_hashing_provider;
