#pragma once
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

/* Of PKCS #11 v3.0, which p11-kit 0.24 does not have: RFC 5649. */
#ifndef CKM_AES_KEY_WRAP_KWP
#define CKM_AES_KEY_WRAP_KWP (0x210bUL)
#endif

/* CK_RSA_AES_KEY_WRAP_PARAMS of PKCS #11 v2.40, which the header does not have either. */
typedef struct {
    CK_ULONG ulAESKeyBits;
    CK_RSA_PKCS_OAEP_PARAMS *pOAEPParams;
} recapi_rsa_aes_key_wrap_params;
