#include "cpu_features.h"
#include "kernel_internal.h"

#define WORDS 5

// FIPS 180-4 section 5.3.1.
#define INITIAL_STATE {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}
static const uint32_t initial_state[WORDS] = INITIAL_STATE;

#define KERNEL sha1_portable
#define LANES 1
#include "sha1_lanes.h"

// Where no vectors are certain to exist, four lanes would be taken apart into words, and be no faster than one by one.
#if defined(__x86_64__) || defined(__aarch64__)
#define HAS_VECTORS 1
#define KERNEL sha1_vector_4
#define LANES 4
#include "sha1_lanes.h"
#endif

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define KERNEL sha1_avx2_8
#define LANES 8
#include "sha1_lanes.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl"))), apply_to = function)
#define KERNEL sha1_avx512vl_8
#define LANES 8
#include "sha1_lanes.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f"), min_vector_width(512))), apply_to = function)
#define KERNEL sha1_avx512f_16
#define LANES 16
#include "sha1_lanes.h"
#pragma clang attribute pop

// AVX gives the extensions' two-operand instructions free copies and the kernel twice the registers to keep lanes in.
#pragma clang attribute push(__attribute__((target("sha,avx"))), apply_to = function)
#define KERNEL sha1_extensions_1
#define LANES 1
#include "sha1_extensions.h"
#define KERNEL sha1_extensions_2
#define LANES 2
#include "sha1_extensions.h"
#define KERNEL sha1_extensions_3
#define LANES 3
#include "sha1_extensions.h"
#define KERNEL sha1_extensions_4
#define LANES 4
#include "sha1_extensions.h"
#pragma clang attribute pop

#endif

static void compress(uint32_t *state, const uint32_t *block) {
    uint32_t w[BLOCK_WORDS];
    memcpy(w, block, sizeof w);
    sha1_portable_rounds(state, state, w);
    recapi_wipe(w, sizeof w);
}

#define ENTRY(name, lanes, cost, kernel, needs) \
    {{name, lanes, cost, WORDS, kernel##_iterate, kernel##_pbkdf2}, needs}

static const kernel_entry kernels[] = {
    ENTRY("portable", 1, 88, sha1_portable, ALWAYS),
#if defined(HAS_VECTORS)
    ENTRY("SSE2 or NEON, 4 lanes", 4, 150, sha1_vector_4, ALWAYS),
#endif
#if defined(__x86_64__)
    ENTRY("AVX2, 8 lanes", 8, 118, sha1_avx2_8, AVX2),
    ENTRY("AVX-512VL, 8 lanes", 8, 76, sha1_avx512vl_8, AVX512VL),
    ENTRY("AVX-512F, 16 lanes", 16, 126, sha1_avx512f_16, AVX512F),
    ENTRY("SHA extensions", 1, 33, sha1_extensions_1, SHA),
    ENTRY("SHA extensions, 2 lanes", 2, 38, sha1_extensions_2, SHA),
    ENTRY("SHA extensions, 3 lanes", 3, 46, sha1_extensions_3, SHA),
    ENTRY("SHA extensions, 4 lanes", 4, 62, sha1_extensions_4, SHA),
#endif
};

const hash_function recapi_sha1_function = {
    WORDS, INITIAL_STATE, compress, sizeof kernels / sizeof kernels[0], kernels,
};
