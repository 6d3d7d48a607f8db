#pragma once
#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/types.h>

#define ENTRY(id, function) {id, (void (*)(void))function}

extern const OSSL_DISPATCH recapi_sha1_digest[];
extern const OSSL_DISPATCH recapi_pkcs12_kdf[];
