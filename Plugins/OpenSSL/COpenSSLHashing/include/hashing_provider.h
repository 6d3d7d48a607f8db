#pragma once
#include <openssl/core.h>
#include <stddef.h>
#include <stdint.h>

/// The entry point of a built-in OpenSSL provider (provider(7)) with two algorithms under `provider=recapi`, which make
/// OpenSSL's reader of PKCS#12 cheaper and are no part of what seals files: libcrypto's own SHA-1 with cheap contexts, and
/// PKCS12KDF over libcrypto's own SHA-1 without a context an iteration.
OSSL_provider_init_fn recapi_hashing_provider;

/// Lends a key to this provider's PKCS12KDF with SHA-1, on the calling thread, until `recapi_forget_prepared_keys`: it is
/// given where exactly this is asked for, without deriving it again. All is copied.
///
/// The first key of every shape (sizes of password, salt and key, iterations, ID) is derived by libcrypto's SHA-1 as well,
/// and where the two differ, the derivation fails.
///
/// - Parameters:
///   - password: The BMPString with its terminator, as the library gives it to PKCS12KDF.
///   - id: The ID byte of RFC 7292 appendix B.3.
/// - Returns: 1, or 0 where there is no memory or no more room; then the key is derived when its turn comes.
int recapi_lend_prepared_key(
    const void *password, size_t password_size, const void *salt, size_t salt_size, uint64_t iterations, int id,
    const void *key, size_t key_size);

void recapi_forget_prepared_keys(void);
