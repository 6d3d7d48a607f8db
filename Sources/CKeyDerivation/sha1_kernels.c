#include "key_derivation.h"
#include "sha1_internal.h"

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

#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

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

enum feature { ALWAYS = 1, AVX2 = 2, AVX512F = 4, AVX512VL = 8, SHA = 16 };

static unsigned detect_features(void) {
    __builtin_cpu_init();
    unsigned features = ALWAYS;
    if (__builtin_cpu_supports("avx2")) features |= AVX2;
    if (__builtin_cpu_supports("avx512f")) features |= AVX512F;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) features |= AVX512VL;
    // Not every clang knows "sha" by name: leaf 7, EBX bit 29.
    unsigned a, b, c, d;
    if (__builtin_cpu_supports("avx") && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1)) features |= SHA;
    return features;
}

// CPUID leaves a virtual machine for microseconds: ask once. Threads that ask at the same time store the same answer.
static unsigned cpu_features(void) {
    static _Atomic unsigned known;
    unsigned features = atomic_load_explicit(&known, memory_order_relaxed);
    if (features == 0) {
        features = detect_features();
        atomic_store_explicit(&known, features, memory_order_relaxed);
    }
    return features;
}

#else

enum feature { ALWAYS = 1 };

static unsigned cpu_features(void) {
    return ALWAYS;
}

#endif

static const struct {
    recapi_sha1_kernel kernel;
    enum feature needs;
} kernels[] = {
    {{"portable", 1, 88, sha1_portable}, ALWAYS},
#if defined(HAS_VECTORS)
    {{"SSE2 or NEON, 4 lanes", 4, 150, sha1_vector_4}, ALWAYS},
#endif
#if defined(__x86_64__)
    {{"AVX2, 8 lanes", 8, 118, sha1_avx2_8}, AVX2},
    {{"AVX-512VL, 8 lanes", 8, 76, sha1_avx512vl_8}, AVX512VL},
    {{"AVX-512F, 16 lanes", 16, 126, sha1_avx512f_16}, AVX512F},
    {{"SHA extensions", 1, 33, sha1_extensions_1}, SHA},
    {{"SHA extensions, 2 lanes", 2, 38, sha1_extensions_2}, SHA},
    {{"SHA extensions, 3 lanes", 3, 46, sha1_extensions_3}, SHA},
    {{"SHA extensions, 4 lanes", 4, 62, sha1_extensions_4}, SHA},
#endif
};

const recapi_sha1_kernel *recapi_sha1_kernel_at(size_t index) {
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        if ((cpu_features() & kernels[i].needs) && index-- == 0) return &kernels[i].kernel;
    }
    return NULL;
}
