#include "cpu_features.h"
#include "kernel_internal.h"

#define WORDS 8

// FIPS 180-4 sections 5.3.3 and 4.2.2.
#define INITIAL_STATE \
    {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}
static const uint32_t initial_state[WORDS] = INITIAL_STATE;
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define KERNEL sha256_portable
#define LANES 1
#include "sha256_lanes.h"

// Where no vectors are certain to exist, four lanes would be taken apart into words, and be no faster than one by one.
#if defined(__x86_64__) || defined(__aarch64__)
#define HAS_VECTORS 1
#define KERNEL sha256_vector_4
#define LANES 4
#include "sha256_lanes.h"
#endif

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define KERNEL sha256_avx2_8
#define LANES 8
#include "sha256_lanes.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl"))), apply_to = function)
#define KERNEL sha256_avx512vl_8
#define LANES 8
#include "sha256_lanes.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f"), min_vector_width(512))), apply_to = function)
#define KERNEL sha256_avx512f_16
#define LANES 16
#include "sha256_lanes.h"
#pragma clang attribute pop

// AVX gives the extensions' two-operand instructions free copies.
#pragma clang attribute push(__attribute__((target("sha,avx"))), apply_to = function)
#define KERNEL sha256_extensions_1
#define LANES 1
#include "sha256_extensions.h"
#define KERNEL sha256_extensions_2
#define LANES 2
#include "sha256_extensions.h"
#define KERNEL sha256_extensions_3
#define LANES 3
#include "sha256_extensions.h"
#define KERNEL sha256_extensions_4
#define LANES 4
#include "sha256_extensions.h"
#pragma clang attribute pop

#elif defined(__aarch64__)

#include <arm_neon.h>

#pragma clang attribute push(__attribute__((target("sha2"))), apply_to = function)
#define KERNEL sha256_arm_1
#define LANES 1
#include "sha256_extensions_arm.h"
#define KERNEL sha256_arm_2
#define LANES 2
#include "sha256_extensions_arm.h"
#pragma clang attribute pop

#endif

static void compress(uint32_t *state, const uint32_t *block) {
    uint32_t w[BLOCK_WORDS];
    memcpy(w, block, sizeof w);
    sha256_portable_rounds(state, state, w);
    recapi_wipe(w, sizeof w);
}

#define ENTRY(name, lanes, cost, kernel, needs) \
    {{name, lanes, cost, WORDS, kernel##_iterate, kernel##_pbkdf2}, needs}

static const kernel_entry kernels[] = {
    ENTRY("portable", 1, 166, sha256_portable, ALWAYS),
#if defined(HAS_VECTORS)
    ENTRY("SSE2 or NEON, 4 lanes", 4, 322, sha256_vector_4, ALWAYS),
#endif
#if defined(__x86_64__)
    ENTRY("AVX2, 8 lanes", 8, 247, sha256_avx2_8, AVX2),
    ENTRY("AVX-512VL, 8 lanes", 8, 142, sha256_avx512vl_8, AVX512VL),
    ENTRY("AVX-512F, 16 lanes", 16, 262, sha256_avx512f_16, AVX512F),
    ENTRY("SHA extensions", 1, 36, sha256_extensions_1, SHA),
    ENTRY("SHA extensions, 2 lanes", 2, 37, sha256_extensions_2, SHA),
    ENTRY("SHA extensions, 3 lanes", 3, 52, sha256_extensions_3, SHA),
    ENTRY("SHA extensions, 4 lanes", 4, 66, sha256_extensions_4, SHA),
#elif defined(__aarch64__)
    // Not measured: as the extensions of x86, whose instructions take as long.
    ENTRY("ARMv8 SHA2", 1, 36, sha256_arm_1, SHA),
    ENTRY("ARMv8 SHA2, 2 lanes", 2, 37, sha256_arm_2, SHA),
#endif
};

const hash_function recapi_sha256_function = {
    WORDS, INITIAL_STATE, compress, sizeof kernels / sizeof kernels[0], kernels,
};
