#pragma once
#include <openssl/core.h>

/// The entry point of a built-in OpenSSL provider with one algorithm, libcrypto's own SHA-1, under `provider=recapi`.
///
/// OpenSSL 3.0 frees and makes the digest's context in every `EVP_DigestInit_ex`, that is in every iteration of its
/// PKCS12KDF. The default provider's way to do that is a fifth of an iteration; the one here is the shortest that
/// still wipes.
OSSL_provider_init_fn recapi_sha1_provider;
