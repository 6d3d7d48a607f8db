/*
 * The boundary between recapi and its providers, version 1.
 *
 * A provider is a shared library `librecapi-provider-NAME.so` that exports one function,
 *
 *     recapi_status recapi_provider_NAME_v1(const recapi_provider_v1 **provider, recapi_reason *reason);
 *
 * where every hyphen of NAME is an underscore. It gives a table of functions. Everything a provider can be asked
 * is in this file and, for keys on tokens, in recapi_tokens.h: nothing else of recapi is needed to write one, in any
 * language.
 *
 * Rules for every function of every table
 * - Memory. The caller owns all memory on both sides of a call. What the caller passes is valid until the call
 *   returns, and the provider keeps no pointer to it. What the provider passes to a sink is valid until the sink
 *   returns. The provider writes only into buffers that it was given, and never beyond their size. Passwords, keys and
 *   decrypted texts are secrets: a provider overwrites its own copies before it frees them, and logs none.
 * - Threads. Any function may be called from any thread, and from several at once.
 * - State. A call depends on its arguments only (and on the random generator or a token, where it says so); what `context`
 *   points to is made before the entry point returns, and does not change in a way that a caller can see. The tables
 *   may therefore be served by another process.
 * - Results. A function returns one of the RECAPI_ status codes. Unless that is RECAPI_OK, output buffers hold nothing of
 *   use. No C++ or Swift exception, and no longjmp, may cross the boundary.
 * - Reasons. On any status but RECAPI_OK the provider writes why: UTF-8, NUL-terminated, one plain sentence without a
 *   full stop; after a newline, optionally, a second one that says what to do about it. It never holds secrets.
 *   Texts that do not fit are cut. `reason` itself may be NULL.
 * - Numbers are in the byte order of the machine; big integers (RSA) are unsigned, big-endian, without leading zeros.
 * - All pointers in a table are set unless a comment says that they may be NULL.
 *
 * Versions. A host of version 1 takes tables whose `abi_version` is 1 and whose `struct_size` is at least that of the
 * structures here. Later hosts and providers of version 1 may know longer tables: fields are added at the end only, and a
 * field beyond `struct_size` is absent. Structures without a `struct_size` never change within a version.
 */
#ifndef RECAPI_PROVIDER_H
#define RECAPI_PROVIDER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RECAPI_ABI_VERSION 1

/* ---- Status codes ------------------------------------------------------------------------------------------- */

typedef int32_t recapi_status;

#define RECAPI_OK 0
/* The provider or its library does not have the algorithm; the reason names it. */
#define RECAPI_UNSUPPORTED 1
/* The padding of a decrypted text is wrong, and nothing else. The reason is the same for all such texts. */
#define RECAPI_DECRYPTION_FAILED 2
/* The library says that the MAC does not verify with this password (reader only). */
#define RECAPI_WRONG_PASSWORD 3
/* The input is not what the function takes: no PFX, not a whole number of blocks. */
#define RECAPI_MALFORMED 4
/* The library failed for a reason of its own. */
#define RECAPI_FAILED 5
/* The caller broke a rule of this file: a NULL or a size that is not allowed. */
#define RECAPI_INVALID_ARGUMENT 6
/* An output buffer has less room than this file says it must have. */
#define RECAPI_BUFFER_TOO_SMALL 7
/* The signature was not made over this message with this key (rsa_verify only). */
#define RECAPI_SIGNATURE_INVALID 8
/* From 32 on: those of recapi_tokens.h. */

/* ---- Data --------------------------------------------------------------------------------------------------- */

/* Bytes to read. `data` may be NULL only where `size` is 0. */
typedef struct recapi_bytes {
    const uint8_t *data;
    uint64_t size;
} recapi_bytes;

/* Room to write into. The provider sets `size` to the number of bytes written, at most `capacity`. */
typedef struct recapi_buffer {
    uint8_t *data;
    uint64_t capacity;
    uint64_t size;
} recapi_buffer;

/* Room for a reason: `capacity` counts the NUL. */
typedef struct recapi_reason {
    char *text;
    uint64_t capacity;
} recapi_reason;

/* Digests (FIPS 180-4). */
#define RECAPI_SHA1 1   /* 20 bytes */
#define RECAPI_SHA224 2 /* 28 bytes */
#define RECAPI_SHA256 3 /* 32 bytes */
#define RECAPI_SHA384 4 /* 48 bytes */
#define RECAPI_SHA512 5 /* 64 bytes */

/* Block ciphers in CBC mode. The initialization vector has the size of a block. */
#define RECAPI_3DES_CBC 1   /* block 8, key 24 */
#define RECAPI_RC2_CBC 2    /* block 8, key 5, 8 or 16: the key's length in bits is the effective key size (RFC 2268) */
#define RECAPI_AES128_CBC 3 /* block 16, key 16 */
#define RECAPI_AES192_CBC 4 /* block 16, key 24 */
#define RECAPI_AES256_CBC 5 /* block 16, key 32 */

/* Methods of derivation. 1, 2 and 3 are the ID bytes of RFC 7292 appendix B.3. */
#define RECAPI_PKCS12_ENCRYPTION_KEY 1
#define RECAPI_PKCS12_INITIALIZATION_VECTOR 2
#define RECAPI_PKCS12_MAC_KEY 3
#define RECAPI_PBKDF2 16 /* PBKDF2 with HMAC, RFC 8018 section 5.2 */

/* One key to derive. */
typedef struct recapi_derivation {
    uint32_t method;
    uint32_t digest;
    /* For PKCS#12 a big-endian BMPString with its terminator, or nothing at all; for PBKDF2 any bytes. */
    recapi_bytes password;
    recapi_bytes salt;
    /* At least 1. */
    uint64_t iterations;
    /* Where the key goes; exactly `output_size` bytes are written, at least 1. */
    uint8_t *output;
    uint64_t output_size;
} recapi_derivation;

/* The numbers of an RSA key with two primes (RFC 8017 appendix A.1.2). */
typedef struct recapi_rsa_key {
    recapi_bytes modulus;
    recapi_bytes public_exponent;
    recapi_bytes private_exponent;
    recapi_bytes prime1;
    recapi_bytes prime2;
    recapi_bytes exponent1;
    recapi_bytes exponent2;
    recapi_bytes coefficient;
} recapi_rsa_key;

/* Room for such a key, in the same order. */
typedef struct recapi_rsa_buffers {
    recapi_buffer modulus;
    recapi_buffer public_exponent;
    recapi_buffer private_exponent;
    recapi_buffer prime1;
    recapi_buffer prime2;
    recapi_buffer exponent1;
    recapi_buffer exponent2;
    recapi_buffer coefficient;
} recapi_rsa_buffers;

/* What is wrong with the numbers of an RSA key; 0 when nothing is. Unknown bits count as defects. */
#define RECAPI_DEFECT_MODULUS 1          /* n != p q */
#define RECAPI_DEFECT_PRIVATE_EXPONENT 2 /* e d != 1 modulo p - 1 or q - 1 */
#define RECAPI_DEFECT_EXPONENT1 4        /* dP != d modulo p - 1, or not reduced */
#define RECAPI_DEFECT_EXPONENT2 8        /* dQ != d modulo q - 1, or not reduced */
#define RECAPI_DEFECT_COEFFICIENT 16     /* qInv q != 1 modulo p, or not reduced */

/* ---- Cryptography ------------------------------------------------------------------------------------------- */

typedef struct recapi_crypto_v1 {
    uint32_t struct_size;
    /* What the provider has: bit (1 << number) for each digest and cipher. Bits of numbers that are not in this file
       are ignored. Whatever is not claimed here is answered with RECAPI_UNSUPPORTED. A claimed digest works for digest,
       hmac, derive and sign. */
    uint32_t digests;
    uint32_t ciphers;
    uint32_t reserved; /* 0 */
    /* Why something is missing and which package would bring it: UTF-8, one sentence, or NULL. */
    const char *note;
    /* Given back as the first argument of every function; may be NULL. */
    void *context;

    /* Derives `count` keys. They are independent of each other: run them side by side if you can.
       If one fails, all fail. `count` may be 0. */
    recapi_status (*derive)(void *context, const recapi_derivation *requests, uint64_t count, recapi_reason *reason);

    /* Encrypts with PKCS#7 padding (RFC 8018 section 6.1.1), which always adds 1 to block-size bytes.
       The output's capacity is at least (plaintext.size / block + 1) * block, and its size becomes exactly that. */
    recapi_status (*encrypt)(void *context, uint32_t cipher, recapi_bytes key, recapi_bytes iv, recapi_bytes plaintext,
                             recapi_buffer *output, recapi_reason *reason);

    /* Decrypts, and checks and removes PKCS#7 padding. The output's capacity is at least ciphertext.size.
       RECAPI_MALFORMED where the ciphertext is empty or not a whole number of blocks. */
    recapi_status (*decrypt)(void *context, uint32_t cipher, recapi_bytes key, recapi_bytes iv, recapi_bytes ciphertext,
                             recapi_buffer *output, recapi_reason *reason);

    /* HMAC (RFC 2104). `output_size` is the digest's size, and so many bytes are written. The key may be empty. */
    recapi_status (*hmac)(void *context, uint32_t digest, recapi_bytes key, recapi_bytes data, uint8_t *output,
                          uint64_t output_size, recapi_reason *reason);

    /* `output_size` is the digest's size, and so many bytes are written. */
    recapi_status (*digest)(void *context, uint32_t digest, recapi_bytes data, uint8_t *output, uint64_t output_size,
                            recapi_reason *reason);

    /* Fills the output with bytes fit for keys and salts. `output_size` may be 0. */
    recapi_status (*random)(void *context, uint8_t *output, uint64_t output_size, recapi_reason *reason);

    /* Checks by arithmetic that the numbers belong together, and sets `defects`. Primes are not tested for primality.
       Numbers that make no sense (0, an empty one, one that is too large) are defects, not an error. */
    recapi_status (*rsa_check)(void *context, const recapi_rsa_key *key, uint32_t *defects, recapi_reason *reason);

    /* Makes a key with two primes and the public exponent 65537, from the random generator.
       The capacity of the modulus and of the private exponent is at least (bit_count + 7) / 8, of the public
       exponent at least 8, of the others at least half of the first, rounded up. */
    recapi_status (*rsa_generate)(void *context, uint32_t bit_count, recapi_rsa_buffers *key, recapi_reason *reason);

    /* RSASSA-PKCS1-v1_5 over `message`, which the provider digests (RFC 8017 section 8.2). The signature's
       capacity is at least the size of the modulus, and its size becomes exactly that. */
    recapi_status (*rsa_sign)(void *context, uint32_t digest, const recapi_rsa_key *key, recapi_bytes message,
                              recapi_buffer *signature, recapi_reason *reason);

    /* Checks a signature as rsa_sign makes it: RECAPI_OK or RECAPI_SIGNATURE_INVALID. The modulus is odd and has 2 to
       2048 bytes, the exponent is odd, greater than 1 and less than the modulus, and the signature is as long as the
       modulus. May be NULL, and may be absent. */
    recapi_status (*rsa_verify)(void *context, uint32_t digest, recapi_bytes modulus, recapi_bytes public_exponent,
                                recapi_bytes message, recapi_bytes signature, recapi_reason *reason);
} recapi_crypto_v1;

/* ---- The library's own PKCS#12 reader ----------------------------------------------------------------------- */

/* Which fields a reader reports, beyond RSA numbers and certificates. The others it leaves zero. */
#define RECAPI_REPORTS_PROVIDER_NAME 1
#define RECAPI_REPORTS_MACHINE_KEYSET 2
#define RECAPI_REPORTS_KEY_USAGE 4
#define RECAPI_REPORTS_LOCAL_KEY_ID 8
#define RECAPI_REPORTS_FRIENDLY_NAME 16

/* A private key as the reader found it. Texts are UTF-8 without a terminator. */
typedef struct recapi_found_key {
    recapi_rsa_key rsa;
    /* The Microsoft CSP Name attributes (1.3.6.1.4.1.311.17.1), in order; may be NULL where the count is 0. */
    const recapi_bytes *provider_names;
    uint64_t provider_name_count;
    /* 1 where the bag has the local machine keyset attribute (1.3.6.1.4.1.311.17.2), else 0. */
    uint32_t machine_keyset;
    /* The first octet of the key usage BIT STRING (2.5.29.15) in the PKCS#8 attributes; 0 when there is none. */
    uint32_t key_usage;
    /* `data` is NULL where the bag has none (an empty value has a `data`). */
    recapi_bytes local_key_id;
    recapi_bytes friendly_name;
} recapi_found_key;

/* A certificate as the reader found it. */
typedef struct recapi_found_certificate {
    /* The certificate's own bytes, not encoded again. */
    recapi_bytes der;
    /* As in recapi_found_key. */
    recapi_bytes local_key_id;
    recapi_bytes friendly_name;
} recapi_found_certificate;

/* Where a reader reports. It is called only during `read`, on the thread of that call, one call at a time, with items in
   the order of the file as far as the library keeps it. Where it returns anything but RECAPI_OK, `read` stops and
   returns that. */
typedef struct recapi_sink {
    void *context;
    recapi_status (*key)(void *context, const recapi_found_key *key);
    recapi_status (*certificate)(void *context, const recapi_found_certificate *certificate);
} recapi_sink;

/* One file of `read_many`. */
typedef struct recapi_reading {
    recapi_bytes file;
    recapi_bytes password;
    /* Where this file's items go; as for `read`. */
    const recapi_sink *sink;
    /* Room for this file's reason. */
    recapi_reason reason;
    /* What `read` would have returned for this file: the provider sets it. */
    recapi_status status;
    uint32_t reserved;
} recapi_reading;

typedef struct recapi_reader_v1 {
    uint32_t struct_size;
    /* RECAPI_REPORTS_ bits. */
    uint32_t reports;
    /* Given back as the first argument; may be NULL. */
    void *context;

    /* Reads a whole PFX with the library's own PKCS#12 code, and reports every RSA key and every certificate.
       The password is UTF-8 without a terminator; where it is empty, both readings of "no password" that PKCS#12 knows
       (an empty string, and none at all) are tried.
       RECAPI_WRONG_PASSWORD: the MAC does not verify. RECAPI_UNSUPPORTED: a cipher, or a key that is not RSA.
       RECAPI_MALFORMED: not a PFX. */
    recapi_status (*read)(void *context, recapi_bytes file, recapi_bytes password, const recapi_sink *sink,
                          recapi_reason *reason);

    /* Reads several files as `read` does, in order, each with a status, sink and reason of its own: what is wrong with one
       touches no other. For libraries that hash passwords faster side by side. The function's own status is not
       RECAPI_OK only where no file could be read for a reason that is none of theirs. May be NULL, and may be absent. */
    recapi_status (*read_many)(void *context, recapi_reading *readings, uint64_t count, recapi_reason *reason);
} recapi_reader_v1;

/* ---- The provider ------------------------------------------------------------------------------------------- */

/* Keys on tokens: recapi_tokens.h. */
struct recapi_tokens_v1;

typedef struct recapi_provider_v1 {
    /* RECAPI_ABI_VERSION. This field and the next never move, in any version. */
    uint32_t abi_version;
    /* sizeof(recapi_provider_v1) */
    uint32_t struct_size;
    /* NAME as in the file's name: lower-case letters, digits and hyphens, at most 32 bytes, NUL-terminated. */
    const char *name;
    /* The library behind the provider and its version, such as "OpenSSL 3.0.19": UTF-8, at most 128 bytes,
       NUL-terminated. */
    const char *library;
    /* NULL where the provider has none; at least one table is there. */
    const recapi_crypto_v1 *crypto;
    const recapi_reader_v1 *reader;
    const struct recapi_tokens_v1 *tokens;
} recapi_provider_v1;

/* The type of the entry point. It sets `*provider` to a table that stays as it is until the process ends, and may be
   called more than once. Where the provider cannot work at all it returns a status and a reason. It starts no thread. */
typedef recapi_status (*recapi_provider_entry_v1)(const recapi_provider_v1 **provider, recapi_reason *reason);

#ifdef __cplusplus
}
#endif

#endif
