#include "recapi_provider.h"
#include "recapi_tokens.h"

/* The layout is the contract: no padding whose size a compiler may choose, and the same on every 64-bit machine. */
_Static_assert(sizeof(recapi_bytes) == 16, "recapi_bytes");
_Static_assert(sizeof(recapi_buffer) == 24, "recapi_buffer");
_Static_assert(sizeof(recapi_derivation) == 64, "recapi_derivation");
_Static_assert(sizeof(recapi_rsa_key) == 8 * sizeof(recapi_bytes), "recapi_rsa_key");
_Static_assert(sizeof(recapi_found_key) == 128 + 8 + 8 + 8 + 32, "recapi_found_key");
_Static_assert(sizeof(recapi_crypto_v1) == 16 + 2 * 8 + 10 * 8, "recapi_crypto_v1");
_Static_assert(sizeof(recapi_reading) == 2 * 16 + 8 + 16 + 8, "recapi_reading");
_Static_assert(sizeof(recapi_reader_v1) == 8 + 8 + 2 * 8, "recapi_reader_v1");
_Static_assert(sizeof(recapi_provider_v1) == 8 + 5 * 8, "recapi_provider_v1");
_Static_assert(sizeof(recapi_token_login) == 24, "recapi_token_login");
_Static_assert(sizeof(recapi_token) == 6 * 16 + 2 * 8, "recapi_token");
_Static_assert(sizeof(recapi_token_key) == 7 * 16 + 8, "recapi_token_key");
_Static_assert(sizeof(recapi_token_export) == 8 + 2 * 16 + 8, "recapi_token_export");
_Static_assert(sizeof(recapi_token_identity) == 8 + 3 * 8 + 2 * 16, "recapi_token_identity");
_Static_assert(sizeof(recapi_tokens_v1) == 8 + 8 + 9 * 8, "recapi_tokens_v1");
