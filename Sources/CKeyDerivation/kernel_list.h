// All kernels of one hash function, and the function itself.
//
// Included once for each, with LANES_TEXT and EXTENSIONS_TEXT (the headers that kernels are made from;
// ARM_EXTENSIONS_TEXT where there is one), WORDS, INITIAL_STATE and HASH_FUNCTION (what it is called) defined.

static const uint32_t initial_state[WORDS] = INITIAL_STATE;

#define KERNEL portable
#define LANES 1
#include LANES_TEXT

// Where no vectors are certain to exist, four lanes would be taken apart into words, and be no faster than one by one.
#if defined(__x86_64__) || defined(__aarch64__)
#define HAS_VECTORS 1
#define KERNEL vector_4
#define LANES 4
#include LANES_TEXT
#endif

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define KERNEL avx2_8
#define LANES 8
#include LANES_TEXT
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl"))), apply_to = function)
#define KERNEL avx512vl_8
#define LANES 8
#include LANES_TEXT
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f"), min_vector_width(512))), apply_to = function)
#define KERNEL avx512f_16
#define LANES 16
#include LANES_TEXT
#define KERNEL avx512f_32
#define LANES 32
#define SETS 2
#include LANES_TEXT
#pragma clang attribute pop

// Without AVX, which would give the extensions' two-operand instructions free copies: compilers use its wide registers for
// copying beside them, and Intel's CPUs (seen on Emerald Rapids) then take 150 times as long for each of these instructions.
#pragma clang attribute push(__attribute__((target("sha,sse4.1"))), apply_to = function)
#define KERNEL extensions_1
#define LANES 1
#include EXTENSIONS_TEXT
#define KERNEL extensions_2
#define LANES 2
#include EXTENSIONS_TEXT
#define KERNEL extensions_3
#define LANES 3
#include EXTENSIONS_TEXT
#define KERNEL extensions_4
#define LANES 4
#include EXTENSIONS_TEXT
#pragma clang attribute pop

#elif defined(__aarch64__) && defined(ARM_EXTENSIONS_TEXT)

#include <arm_neon.h>

#pragma clang attribute push(__attribute__((target("sha2"))), apply_to = function)
#define KERNEL arm_1
#define LANES 1
#include ARM_EXTENSIONS_TEXT
#define KERNEL arm_2
#define LANES 2
#include ARM_EXTENSIONS_TEXT
#pragma clang attribute pop

#endif

static void compress(uint32_t *state, const uint32_t *block) {
    uint32_t w[BLOCK_WORDS];
    memcpy(w, block, sizeof w);
    portable_rounds(state, state, w);
    recapi_wipe(w, sizeof w);
}

#define ENTRY(name, lanes, kernel, needs) \
    {{name, lanes, WORDS, kernel##_iterate, kernel##_pbkdf2}, needs}

static const kernel_entry kernels[] = {
    ENTRY("portable", 1, portable, ALWAYS),
#if defined(HAS_VECTORS)
    ENTRY("SSE2 or NEON, 4 lanes", 4, vector_4, ALWAYS),
#endif
#if defined(__x86_64__)
    ENTRY("AVX2, 8 lanes", 8, avx2_8, AVX2),
    ENTRY("AVX-512VL, 8 lanes", 8, avx512vl_8, AVX512VL),
    ENTRY("AVX-512F, 16 lanes", 16, avx512f_16, AVX512F),
    ENTRY("AVX-512F, 32 lanes", 32, avx512f_32, AVX512F),
    ENTRY("SHA extensions", 1, extensions_1, SHA),
    ENTRY("SHA extensions, 2 lanes", 2, extensions_2, SHA),
    ENTRY("SHA extensions, 3 lanes", 3, extensions_3, SHA),
    ENTRY("SHA extensions, 4 lanes", 4, extensions_4, SHA),
#elif defined(__aarch64__) && defined(ARM_EXTENSIONS_TEXT)
    ENTRY("ARMv8 SHA2", 1, arm_1, SHA),
    ENTRY("ARMv8 SHA2, 2 lanes", 2, arm_2, SHA),
#endif
};

_Static_assert(sizeof kernels / sizeof kernels[0] <= MOST_KERNELS, "the plan has room for no more");

const hash_function HASH_FUNCTION = {
    WORDS, INITIAL_STATE, compress, sizeof kernels / sizeof kernels[0], kernels,
};
