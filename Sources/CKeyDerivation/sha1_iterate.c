#include "key_derivation.h"
#include "sha1_internal.h"

#include <limits.h>

#define DIGEST_BYTES (4 * SHA1_WORDS)

static size_t smaller(size_t left, size_t right) {
    return left < right ? left : right;
}

// The kernel to begin with so that `count` chains cost least in all, every chain in one kernel or another.
static const recapi_sha1_kernel *best_kernel(size_t count) {
    enum { planned = 2 * SHA1_MOST_LANES };  // among more chains than that, the widest kernels come first anyway
    unsigned least_cost[planned + 1] = {0};
    const recapi_sha1_kernel *best = recapi_sha1_kernel_at(0);
    const recapi_sha1_kernel *kernel;
    for (size_t chains = 1; chains <= smaller(count, planned); chains++) {
        least_cost[chains] = UINT_MAX;
        for (size_t i = 0; (kernel = recapi_sha1_kernel_at(i)); i++) {
            const unsigned cost = kernel->cost + least_cost[chains - smaller(kernel->lanes, chains)];
            if (cost >= least_cost[chains]) continue;
            least_cost[chains] = cost;
            best = kernel;
        }
    }
    return best;
}

static uint32_t load_big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store_big_endian(uint8_t *bytes, uint32_t word) {
    for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

// Overwrites the stack that a kernel has just used for what did not fit its registers.
static __attribute__((noinline)) void wipe_stack(void) {
    uint8_t used[4096];
    recapi_wipe(used, sizeof used);
}

static void iterate_lanes(const recapi_sha1_kernel *kernel, uint8_t *digests, size_t count, uint64_t iterations) {
    _Alignas(64) uint32_t words[SHA1_WORDS * SHA1_MOST_LANES] = {0};
    for (size_t i = 0; i < count * SHA1_WORDS; i++) {
        words[i % SHA1_WORDS * kernel->lanes + i / SHA1_WORDS] = load_big_endian(digests + 4 * i);
    }
    kernel->iterate(words, iterations);
    wipe_stack();
    for (size_t i = 0; i < count * SHA1_WORDS; i++) {
        store_big_endian(digests + 4 * i, words[i % SHA1_WORDS * kernel->lanes + i / SHA1_WORDS]);
    }
    recapi_wipe(words, sizeof words);
}

void recapi_sha1_iterate_with(
    const recapi_sha1_kernel *kernel, uint8_t *digests, size_t count, uint64_t iterations) {
    for (size_t done = 0; done < count; done += kernel->lanes) {
        iterate_lanes(kernel, digests + done * DIGEST_BYTES, smaller(kernel->lanes, count - done), iterations);
    }
}

void recapi_sha1_iterate(uint8_t *digests, size_t count, uint64_t iterations) {
    while (count > 0) {
        const recapi_sha1_kernel *kernel = best_kernel(count);
        const size_t served = smaller(kernel->lanes, count);
        iterate_lanes(kernel, digests, served, iterations);
        digests += served * DIGEST_BYTES;
        count -= served;
    }
}
