#pragma once

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

#ifdef __cplusplus
extern "C" {
#endif

/// SHA-1 of 20-byte messages: one step for `lanes` independent chains side by side.
typedef struct {
    const char *name;
    size_t lanes;
    /// Nanoseconds that one step of all lanes takes, as measured on a Zen 4 core; only the ratios matter.
    unsigned cost;
    /// Replaces each chain's words by those of their digest, `iterations` times.
    /// `words` holds the first words of all lanes, then their second words, and so on: 5 * lanes in all.
    void (*iterate)(uint32_t *words, uint64_t iterations);
} recapi_sha1_kernel;

/// Replaces each of `count` digests of 20 bytes by its SHA-1 digest, `iterations` times,
/// with the kernels that this CPU does it fastest with.
void recapi_sha1_iterate(uint8_t *digests, size_t count, uint64_t iterations);

/// The same with one kernel, for tests and measurements.
void recapi_sha1_iterate_with(
    const recapi_sha1_kernel *kernel, uint8_t *digests, size_t count, uint64_t iterations);

/// The kernels that this CPU has, by index; NULL after the last.
const recapi_sha1_kernel *_Nullable recapi_sha1_kernel_at(size_t index);

#ifdef __cplusplus
}
#endif

#pragma clang assume_nonnull end
