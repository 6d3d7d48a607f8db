// Which kernels serve some number of chains in the least time. CPUs differ by more than their features tell (SHA-1 in
// eight lanes of AVX2 is as fast as in the SHA extensions on one, and takes half as long again on another), so that
// each kernel is measured before the first chains of a process: in a fraction of a millisecond for each hash function and
// operation.
#include "kernel_internal.h"

#include <pthread.h>
#include <time.h>

enum {
    PLANNED = 2 * MOST_LANES,
    TRIALS = 5,
    TRIAL_HASHES = 32,
};

/// The kernel to begin with, by the number of chains; the last is for more than are planned.
typedef const recapi_kernel *kernel_plan[PLANNED + 2];

static uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t trial(const recapi_kernel *kernel, operation operation) {
    _Alignas(64) uint32_t words[PBKDF2 * MOST_WORDS * MOST_LANES] = {0};
    const uint64_t begin = nanoseconds();
    recapi_run(kernel, operation, words, operation == ITERATE ? TRIAL_HASHES : TRIAL_HASHES / 2);
    return nanoseconds() - begin;
}

// What each kernel takes for all its lanes: the least of several trials, since whatever else the CPU does only adds.
static void measure(recapi_hash hash, operation operation, uint64_t *costs) {
    const recapi_kernel *kernel;
    for (int i = 0; i < TRIALS; i++) {
        for (size_t index = 0; (kernel = recapi_kernel_at(hash, index)); index++) {
            const uint64_t taken = trial(kernel, operation);
            if (i == 0 || taken < costs[index]) costs[index] = taken;
        }
    }
}

// The kernel that takes the least for each of its lanes.
static const recapi_kernel *cheapest(recapi_hash hash, const uint64_t *costs) {
    const recapi_kernel *best = NULL, *kernel;
    uint64_t least = 0;
    for (size_t index = 0; (kernel = recapi_kernel_at(hash, index)); index++) {
        if (best && costs[index] * best->lanes > least * kernel->lanes) continue;
        best = kernel;
        least = costs[index];
    }
    return best;
}

// Every chain runs in one kernel or another; the least of what they cost in all.
static void make(kernel_plan first, recapi_hash hash, operation operation) {
    uint64_t costs[MOST_KERNELS], least[PLANNED + 1] = {0};
    const recapi_kernel *kernel;
    measure(hash, operation, costs);
    first[PLANNED + 1] = cheapest(hash, costs);
    for (size_t chains = 1; chains <= PLANNED; chains++) {
        for (size_t index = 0; (kernel = recapi_kernel_at(hash, index)); index++) {
            const uint64_t cost = costs[index] + least[chains - recapi_smaller(kernel->lanes, chains)];
            // Of equals the later one: a clock too coarse for trials then gives the newest instructions.
            if (index > 0 && cost > least[chains]) continue;
            least[chains] = cost;
            first[chains] = kernel;
        }
    }
}

// Made when it is first asked for.
#define PLAN(name, hash, operation) \
    static pthread_once_t name##_once = PTHREAD_ONCE_INIT; \
    static kernel_plan name##_plan; \
    static void make_##name(void) { make(name##_plan, hash, operation); } \
    static const kernel_plan *name(void) { \
        pthread_once(&name##_once, make_##name); \
        return (const kernel_plan *)&name##_plan; \
    }

PLAN(sha1, RECAPI_HASH_SHA1, ITERATE)
PLAN(pbkdf2_sha1, RECAPI_HASH_SHA1, PBKDF2)
PLAN(sha256, RECAPI_HASH_SHA256, ITERATE)
PLAN(pbkdf2_sha256, RECAPI_HASH_SHA256, PBKDF2)

static const kernel_plan *plan(recapi_hash hash, operation operation) {
    if (operation == ITERATE) return hash == RECAPI_HASH_SHA1 ? sha1() : sha256();
    return hash == RECAPI_HASH_SHA1 ? pbkdf2_sha1() : pbkdf2_sha256();
}

const recapi_kernel *recapi_first_kernel(recapi_hash hash, operation operation, size_t count) {
    return (*plan(hash, operation))[recapi_smaller(count, PLANNED + 1)];
}
