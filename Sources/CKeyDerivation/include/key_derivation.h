#pragma once

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

#ifdef __cplusplus
extern "C" {
#endif

/// A hash function that chains can be run of: its digests have 20 or 32 bytes, its blocks 64.
typedef enum { RECAPI_HASH_SHA1, RECAPI_HASH_SHA256 } recapi_hash;

/// One way to run `lanes` independent chains of a hash side by side.
///
/// Both operations take the first words of all lanes, then their second words, and so on.
typedef struct {
    const char *name;
    size_t lanes;
    /// The words of a digest.
    size_t word_count;
    /// What `recapi_iterate` does: `word_count` words a lane.
    void (*iterate)(uint32_t *words, uint64_t iterations);
    /// What `recapi_pbkdf2` does: 4 * `word_count` words a lane.
    void (*pbkdf2)(uint32_t *words, uint64_t iterations);
} recapi_kernel;

/// Replaces each of `count` digests by its own digest, `iterations` times, with the kernels that this CPU does it
/// fastest with.
void recapi_iterate(recapi_hash hash, uint8_t *digests, size_t count, uint64_t iterations);

/// The loop of PBKDF2 with HMAC (RFC 8018 section 5.2): replaces U by HMAC(U) and T by T xor U, `iterations` times,
/// for each of `count` chains.
///
/// A chain is as long as four digests: the two states that `recapi_hmac_states` gives, U and T.
void recapi_pbkdf2(recapi_hash hash, uint8_t *chains, size_t count, uint64_t iterations);

/// The states of the hash after the first block of HMAC's inner and of its outer message (RFC 2104 section 4), one
/// after the other: as long as two digests.
///
/// `key` is a block of 64 bytes: the key, or its digest where it is longer, with zeros after it.
void recapi_hmac_states(recapi_hash hash, const uint8_t *key, uint8_t *states);

/// The same with one kernel, for tests and measurements.
void recapi_iterate_with(const recapi_kernel *kernel, uint8_t *digests, size_t count, uint64_t iterations);
void recapi_pbkdf2_with(const recapi_kernel *kernel, uint8_t *chains, size_t count, uint64_t iterations);

/// The kernels that this CPU has, by index; NULL after the last.
const recapi_kernel *_Nullable recapi_kernel_at(recapi_hash hash, size_t index);

#ifdef __cplusplus
}
#endif

#pragma clang assume_nonnull end
