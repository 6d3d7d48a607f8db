// Which kernels serve some number of chains in the least time. CPUs differ by more than their features tell (SHA-1 in
// eight lanes of AVX2 is as fast as in the SHA extensions on one, and takes half as long again on another), so that
// each kernel is measured before the first chains of a process: in a fraction of a millisecond for each hash function.
#include "kernel_internal.h"

#include <pthread.h>
#include <time.h>

enum {
    PLANNED = 2 * MOST_LANES,  // among more chains than that, the widest kernels come first anyway
    TRIALS = 5,
    TRIAL_ITERATIONS = 32,
};

typedef struct {
    pthread_once_t once;
    /// The kernel to begin with, by the number of chains.
    const recapi_kernel *first[PLANNED + 1];
} kernel_plan;

static kernel_plan sha1_plan = {.once = PTHREAD_ONCE_INIT}, sha256_plan = {.once = PTHREAD_ONCE_INIT};

static uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t trial(const recapi_kernel *kernel) {
    _Alignas(64) uint32_t words[MOST_WORDS * MOST_LANES] = {0};
    const uint64_t begin = nanoseconds();
    kernel->iterate(words, TRIAL_ITERATIONS);
    return nanoseconds() - begin;
}

// What each kernel takes for all its lanes: the least of several trials, since whatever else the CPU does only adds.
static void measure(recapi_hash hash, uint64_t *costs) {
    const recapi_kernel *kernel;
    for (int i = 0; i < TRIALS; i++) {
        for (size_t index = 0; (kernel = recapi_kernel_at(hash, index)); index++) {
            const uint64_t taken = trial(kernel);
            if (i == 0 || taken < costs[index]) costs[index] = taken;
        }
    }
}

// Every chain runs in one kernel or another; the least of what they cost in all.
static void make_plan(recapi_hash hash, const recapi_kernel **first) {
    uint64_t costs[MOST_KERNELS], least[PLANNED + 1] = {0};
    const recapi_kernel *kernel;
    measure(hash, costs);
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

static void plan_sha1(void) {
    make_plan(RECAPI_HASH_SHA1, sha1_plan.first);
}

static void plan_sha256(void) {
    make_plan(RECAPI_HASH_SHA256, sha256_plan.first);
}

const recapi_kernel *recapi_first_kernel(recapi_hash hash, size_t count) {
    const int is_sha1 = hash == RECAPI_HASH_SHA1;
    kernel_plan *plan = is_sha1 ? &sha1_plan : &sha256_plan;
    pthread_once(&plan->once, is_sha1 ? plan_sha1 : plan_sha256);
    return plan->first[recapi_smaller(count, PLANNED)];
}
