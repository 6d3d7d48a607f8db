#pragma once

#include "key_derivation.h"

#include <string.h>

#define BLOCK_WORDS 16
#define MOST_WORDS 8
#define MOST_LANES 32
#define MOST_KERNELS 16

// A message that is one digest is padded to a block with this word after it, and its length in bits at the end.
#define PADDING 0x80000000
#define DIGEST_BITS (32 * WORDS)
// HMAC puts a block before each of its two messages.
#define HMAC_BITS (32 * (BLOCK_WORDS + WORDS))

// Names of what belongs to one kernel. KERNEL, LANES and WORDS are defined where they are used.
#define JOIN_(name, suffix) name##suffix
#define JOIN(name, suffix) JOIN_(name, suffix)
#define NAMED(suffix) JOIN(KERNEL, suffix)

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define KEEP_ROLLED _Pragma("clang loop unroll(disable)")
#define EACH_LANE UNROLL for (int lane = 0; lane < LANES; lane++)

/// What is done to chains. The value is the digests that each chain is as long as.
typedef enum { ITERATE = 1, PBKDF2 = 4 } operation;

/// A kernel, and the features of the CPU that it needs.
typedef struct {
    recapi_kernel kernel;
    unsigned needs;
} kernel_entry;

/// A hash function, and all the kernels that there are for it.
typedef struct {
    size_t word_count;
    uint32_t initial_state[MOST_WORDS];
    /// Replaces a state by the one after a block.
    void (*compress)(uint32_t *state, const uint32_t *block);
    size_t kernel_count;
    const kernel_entry *kernels;
} hash_function;

extern const hash_function recapi_sha1_function, recapi_sha256_function;

/// The kernel to begin with, so that `count` chains, one at least, take the least time in all.
const recapi_kernel *recapi_first_kernel(recapi_hash hash, operation operation, size_t count);

static inline void recapi_run(const recapi_kernel *kernel, operation operation, uint32_t *words, uint64_t iterations) {
    (operation == ITERATE ? kernel->iterate : kernel->pbkdf2)(words, iterations);
}

static inline size_t recapi_smaller(size_t left, size_t right) {
    return left < right ? left : right;
}

/// Overwrites memory in a way that the compiler cannot leave out.
static inline void recapi_wipe(void *bytes, size_t count) {
    memset(bytes, 0, count);
    __asm__ volatile("" : : "r"(bytes) : "memory");
}
