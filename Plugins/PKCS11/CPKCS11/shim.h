#pragma once
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

/* Of PKCS #11 v3.0, which p11-kit 0.24 does not have: RFC 5649. */
#ifndef CKM_AES_KEY_WRAP_KWP
#define CKM_AES_KEY_WRAP_KWP (0x210bUL)
#endif
