#include "cpu_features.h"
#include "kernel_internal.h"

static const hash_function *function_of(recapi_hash hash) {
    return hash == RECAPI_HASH_SHA1 ? &recapi_sha1_function : &recapi_sha256_function;
}

const recapi_kernel *recapi_kernel_at(recapi_hash hash, size_t index) {
    const hash_function *function = function_of(hash);
    for (size_t i = 0; i < function->kernel_count; i++) {
        const kernel_entry *entry = &function->kernels[i];
        if ((recapi_cpu_features() & entry->needs) && index-- == 0) return &entry->kernel;
    }
    return NULL;
}

static uint32_t load_big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store_big_endian(uint8_t *bytes, uint32_t word) {
    for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

// Overwrites the stack that a kernel has just used for what did not fit its registers: mostly less than twice what it works on,
// here four times that, since compilers differ.
static __attribute__((noinline)) void wipe_stack(void) {
    uint8_t used[4 * sizeof(uint32_t) * PBKDF2 * MOST_WORDS * MOST_LANES];
    recapi_wipe(used, sizeof used);
}

static void run_lanes(
    const recapi_kernel *kernel, operation operation, uint8_t *chains, size_t count, uint64_t iterations) {
    _Alignas(64) uint32_t words[PBKDF2 * MOST_WORDS * MOST_LANES];
    const size_t length = operation * kernel->word_count, lanes = kernel->lanes;
    memset(words, 0, sizeof words[0] * length * lanes);
    for (size_t i = 0; i < count * length; i++) {
        words[i % length * lanes + i / length] = load_big_endian(chains + 4 * i);
    }
    recapi_run(kernel, operation, words, iterations);
    wipe_stack();
    for (size_t i = 0; i < count * length; i++) {
        store_big_endian(chains + 4 * i, words[i % length * lanes + i / length]);
    }
    recapi_wipe(words, sizeof words[0] * length * lanes);
}

static void run_with(
    const recapi_kernel *kernel, operation operation, uint8_t *chains, size_t count, uint64_t iterations) {
    const size_t stride = 4 * operation * kernel->word_count;
    for (size_t done = 0; done < count; done += kernel->lanes) {
        run_lanes(kernel, operation, chains + done * stride, recapi_smaller(kernel->lanes, count - done), iterations);
    }
}

static void run(recapi_hash hash, operation operation, uint8_t *chains, size_t count, uint64_t iterations) {
    while (count > 0) {
        const recapi_kernel *kernel = recapi_first_kernel(hash, operation, count);
        const size_t served = recapi_smaller(kernel->lanes, count);
        run_lanes(kernel, operation, chains, served, iterations);
        chains += served * 4 * operation * kernel->word_count;
        count -= served;
    }
}

void recapi_iterate(recapi_hash hash, uint8_t *digests, size_t count, uint64_t iterations) {
    run(hash, ITERATE, digests, count, iterations);
}

void recapi_pbkdf2(recapi_hash hash, uint8_t *chains, size_t count, uint64_t iterations) {
    run(hash, PBKDF2, chains, count, iterations);
}

void recapi_iterate_with(const recapi_kernel *kernel, uint8_t *digests, size_t count, uint64_t iterations) {
    run_with(kernel, ITERATE, digests, count, iterations);
}

void recapi_pbkdf2_with(const recapi_kernel *kernel, uint8_t *chains, size_t count, uint64_t iterations) {
    run_with(kernel, PBKDF2, chains, count, iterations);
}

void recapi_hmac_states(recapi_hash hash, const uint8_t *key, uint8_t *states) {
    static const uint32_t paddings[2] = {0x36363636, 0x5c5c5c5c};  // of the inner message and of the outer one
    const hash_function *function = function_of(hash);
    uint32_t block[BLOCK_WORDS], state[MOST_WORDS];
    for (int message = 0; message < 2; message++) {
        for (int i = 0; i < BLOCK_WORDS; i++) block[i] = load_big_endian(key + 4 * i) ^ paddings[message];
        memcpy(state, function->initial_state, sizeof state);
        function->compress(state, block);
        for (size_t i = 0; i < function->word_count; i++) store_big_endian(states + 4 * i, state[i]);
        states += 4 * function->word_count;
    }
    wipe_stack();
    recapi_wipe(block, sizeof block);
    recapi_wipe(state, sizeof state);
}
