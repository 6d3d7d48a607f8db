/*
 * The boundary between recapi and its providers, version 1: private keys and certificates on PKCS#11 tokens.
 *
 * All rules of recapi_provider.h hold here. What else holds for tokens:
 * - Every call names the token and brings the login, because another process may have served the last one. A provider may
 *   keep sessions and logins between calls, so that one login serves many, but no caller can see that: a call with
 *   another PIN than the one that the provider is logged in with is answered as a wrong one, and a session that became
 *   invalid is opened anew.
 * - PINs. A provider calls C_Login at most once for each call of its own, and again for a key with
 *   CKA_ALWAYS_AUTHENTICATE. It reads the token's flags first: with CKF_USER_PIN_LOCKED it answers RECAPI_TOKEN_PIN_LOCKED, and with
 *   CKF_USER_PIN_FINAL_TRY, unless the login allows it, RECAPI_TOKEN_PIN_FINAL_TRY, and sends no PIN. It never tries a PIN again that
 *   was refused; who calls sees to it that a refused PIN does not come again.
 * - What a call makes on the token only to do its work is a session object, which is gone when the call returns.
 * - Objects and tokens are addressed by URIs of RFC 7512, as UTF-8. A URI with an attribute that the provider does not know, or
 *   with a PIN in it (pin-value), is RECAPI_TOKEN_URI_INVALID. An attribute that does not matter to a call is ignored.
 */
#ifndef RECAPI_TOKENS_H
#define RECAPI_TOKENS_H

#include "recapi_provider.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Status codes ------------------------------------------------------------------------------------------- */

/* Not a URI of RFC 7512, or one with attributes that the provider does not know. */
#define RECAPI_TOKEN_URI_INVALID 32
/* A PKCS#11 module cannot be loaded or initialized. */
#define RECAPI_TOKEN_MODULE_FAILED 33
#define RECAPI_TOKEN_NOT_FOUND 34
/* The URI matches several tokens. */
#define RECAPI_TOKEN_AMBIGUOUS 35
/* The token was there and is no longer. */
#define RECAPI_TOKEN_REMOVED 36
#define RECAPI_TOKEN_KEY_NOT_FOUND 37
/* The URI matches several private keys. */
#define RECAPI_TOKEN_KEY_AMBIGUOUS 38
/* The key's attributes, or what the token can do, keep it in; the reason names them. */
#define RECAPI_TOKEN_KEY_NOT_EXPORTABLE 39
#define RECAPI_TOKEN_PIN_REQUIRED 40
#define RECAPI_TOKEN_WRONG_PIN 41
/* Another wrong PIN would lock the token, and the login does not allow the final try. */
#define RECAPI_TOKEN_PIN_FINAL_TRY 42
#define RECAPI_TOKEN_PIN_LOCKED 43
/* No more sessions, no more room, or write protected. */
#define RECAPI_TOKEN_EXHAUSTED 44
/* What would be written is there already. */
#define RECAPI_TOKEN_OBJECT_EXISTS 45
/* Any other failure of the token; the reason names the CKR_ code. */
#define RECAPI_TOKEN_FAILED 46

/* ---- Data --------------------------------------------------------------------------------------------------- */

/* Which token, and which objects on it. */
typedef struct recapi_token_address {
    recapi_bytes uri;
    /* The path of a PKCS#11 module, or its name in p11-kit's configuration; `data` is NULL for all that that has. */
    recapi_bytes module;
} recapi_token_address;

/* How to log in as the normal user (CKU_USER). */
typedef struct recapi_token_login {
    /* UTF-8 without a terminator; `data` is NULL where the PIN is entered at the token (an empty PIN has a `data`). */
    recapi_bytes pin;
    /* 1 to log in although another wrong PIN locks the token, else 0. */
    uint32_t allows_final_try;
    uint32_t reserved; /* 0 */
} recapi_token_login;

/* What the URI of an address says besides the token. */
typedef struct recapi_token_uri {
    /* The value of pin-source (RFC 7512 section 2.4), decoded; `data` is NULL where there is none. */
    recapi_bytes pin_source;
    /* The value of module-path, decoded: unless another one is named, the module that further calls for the tokens have to name.
       `data` is NULL where there is none. */
    recapi_bytes module_path;
    /* 1 where it has attributes of objects: object, id, type. */
    uint32_t names_object;
    uint32_t reserved; /* 0 */
} recapi_token_uri;

/* A token, as CK_TOKEN_INFO and its module tell; texts without the padding. */
typedef struct recapi_token {
    /* Names this token alone. */
    recapi_bytes uri;
    recapi_bytes label;
    recapi_bytes manufacturer;
    recapi_bytes model;
    recapi_bytes serial_number;
    /* The module's name in p11-kit's configuration, or its path. */
    recapi_bytes module;
    /* CK_TOKEN_INFO.flags */
    uint64_t flags;
    /* CK_TOKEN_INFO.ulMaxSessionCount; 0 where there is no limit or the token does not say. */
    uint64_t largest_session_count;
} recapi_token;

/* How a private key can leave a token; the best way first. */
#define RECAPI_TOKEN_SHROUDED 1 /* C_WrapKey with the shroud: never in the clear outside the token */
#define RECAPI_TOKEN_WRAPPED 2  /* C_WrapKey under a session key, unwrapped by the provider */
#define RECAPI_TOKEN_READ 3     /* C_GetAttributeValue of each number */

/* A private key on a token. */
typedef struct recapi_token_key {
    /* Names this key alone. */
    recapi_bytes uri;
    recapi_bytes label;
    recapi_bytes id;
    /* CKA_KEY_TYPE by the name of its constant without CKK_, such as RSA. */
    recapi_bytes kind;
    /* Big integers; empty where the key is not RSA, or the token does not tell. */
    recapi_bytes modulus;
    recapi_bytes public_exponent;
    /* The ways in which export_key could bring it out: bit (1 << number) for each. */
    uint32_t ways;
    uint32_t reserved; /* 0 */
    /* Why there is none: one sentence that names the attribute or the mechanism; `data` is NULL where there is one. */
    recapi_bytes obstacle;
} recapi_token_key;

/* An X.509 certificate on a token. */
typedef struct recapi_token_certificate {
    recapi_bytes label;
    recapi_bytes id;
    recapi_bytes der;
} recapi_token_certificate;

/* The encryption of a PKCS#8 shrouded key bag. */
typedef struct recapi_token_shroud {
    /* RECAPI_3DES_CBC (CKM_DES3_CBC_PAD) or RECAPI_AES256_CBC (CKM_AES_CBC_PAD). */
    uint32_t cipher;
    uint32_t reserved; /* 0 */
    recapi_bytes key;
    recapi_bytes iv;
} recapi_token_shroud;

/* A private key that left a token. */
typedef struct recapi_token_export {
    /* One of the RECAPI_TOKEN_ ways. */
    uint32_t way;
    uint32_t reserved; /* 0 */
    /* By the name of its constant, such as CKM_DES3_CBC_PAD; `data` is NULL where the key was read. */
    recapi_bytes mechanism;
    /* Of a PKCS#8 PrivateKeyInfo; empty unless the way is RECAPI_TOKEN_SHROUDED. */
    recapi_bytes ciphertext;
    /* NULL where the way is RECAPI_TOKEN_SHROUDED. */
    const recapi_rsa_key *key;
} recapi_token_export;

/* What `install` puts on a token. */
typedef struct recapi_token_identity {
    /* CKA_EXTRACTABLE of the key: 1 or 0. */
    uint32_t is_extractable;
    uint32_t reserved; /* 0 */
    const recapi_rsa_key *key;
    /* DER, the key's own first, then its chain. */
    const recapi_bytes *certificates;
    /* At least 1. */
    uint64_t certificate_count;
    /* CKA_LABEL of the key and of its own certificate: UTF-8. The others have their common names. */
    recapi_bytes label;
    /* CKA_ID of the key and of its own certificate; `data` is NULL for the SHA-1 of the modulus. */
    recapi_bytes id;
} recapi_token_identity;

/* Where a provider reports. It is called only during a call that was given it, on the thread of that call, one call at a
   time. Where it returns anything but RECAPI_OK, the provider stops and returns that. */
typedef struct recapi_token_sink {
    void *context;
    /* By `modules`, for each. */
    recapi_status (*module)(void *context, recapi_bytes module);
    /* By `tokens`, once. */
    recapi_status (*uri)(void *context, const recapi_token_uri *uri);
    /* Any number, each a sentence (lower case, no full stop): by `tokens`, what could not be asked, such as a module that
       failed; by `export_key`, before `exported`, why a better way that looked open was not taken. */
    recapi_status (*note)(void *context, recapi_bytes note);
    /* By `tokens` for each; by `contents` for the one, first of all. */
    recapi_status (*token)(void *context, const recapi_token *token);
    /* By `contents`, for each. */
    recapi_status (*key)(void *context, const recapi_token_key *key);
    recapi_status (*certificate)(void *context, const recapi_token_certificate *certificate);
    /* By `export_key`, once. */
    recapi_status (*exported)(void *context, const recapi_token_export *exported);
    /* By `install`, once: URIs. */
    recapi_status (*installed)(void *context, recapi_bytes key_uri, recapi_bytes certificate_uri);
} recapi_token_sink;

/* ---- The table ---------------------------------------------------------------------------------------------- */

typedef struct recapi_tokens_v1 {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* Given back as the first argument of every function; may be NULL. */
    void *context;

    /* The modules in which tokens that the URI matches would be looked for, as `module` of an address: the one that the URI
       names, or those of p11-kit's configuration, of which none is initialized for this. None is no failure: then all are
       looked for at once. */
    recapi_status (*modules)(void *context, const recapi_token_address *address, const recapi_token_sink *sink,
                             recapi_reason *reason);

    /* The tokens that a URI matches, in the order of their slots, without a login. None is no failure. */
    recapi_status (*tokens)(void *context, const recapi_token_address *address, const recapi_token_sink *sink,
                            recapi_reason *reason);

    /* Logs in, and nothing else. */
    recapi_status (*log_in)(void *context, const recapi_token_address *address, const recapi_token_login *login,
                            recapi_reason *reason);

    /* The private keys on one token that the URI matches, and all its certificates, in the token's order. `login` may be
       NULL, to see only what is public. */
    recapi_status (*contents)(void *context, const recapi_token_address *address, const recapi_token_login *login,
                              const recapi_token_sink *sink, recapi_reason *reason);

    /* RSASSA-PKCS1-v1_5 over `message` with the key that the URI matches. The signature's capacity is at least 2048. */
    recapi_status (*sign)(void *context, const recapi_token_address *address, const recapi_token_login *login,
                          uint32_t digest, recapi_bytes message, recapi_buffer *signature, recapi_reason *reason);

    /* Brings out the RSA key that the URI matches, by the first of `ways` (bit (1 << number) for each) that the token
       and the key's attributes allow. `shroud` may be NULL, which rules that way out. */
    recapi_status (*export_key)(void *context, const recapi_token_address *address, const recapi_token_login *login,
                                uint32_t ways, const recapi_token_shroud *shroud, const recapi_token_sink *sink,
                                recapi_reason *reason);

    /* C_UnwrapKey of a shrouded RSA key into a session object, and a signature with that, as `sign` makes it. */
    recapi_status (*sign_shrouded)(void *context, const recapi_token_address *address, const recapi_token_login *login,
                                   const recapi_token_shroud *shroud, recapi_bytes ciphertext, uint32_t digest,
                                   recapi_bytes message, recapi_buffer *signature, recapi_reason *reason);

    /* Puts a key, its certificate and the chain on a token, as token objects: all of them, or none. A certificate of the
       chain that is there already is left as it is. */
    recapi_status (*install)(void *context, const recapi_token_address *address, const recapi_token_login *login,
                             const recapi_token_identity *identity, const recapi_token_sink *sink,
                             recapi_reason *reason);

    /* Logs out of all tokens, and closes all sessions that are kept. Later calls open new ones. */
    void (*close_sessions)(void *context);
} recapi_tokens_v1;

#ifdef __cplusplus
}
#endif

#endif
