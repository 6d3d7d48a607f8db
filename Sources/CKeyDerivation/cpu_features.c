#include "cpu_features.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <stdatomic.h>

static unsigned detect(void) {
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
unsigned recapi_cpu_features(void) {
    static _Atomic unsigned known;
    unsigned features = atomic_load_explicit(&known, memory_order_relaxed);
    if (features == 0) {
        features = detect();
        atomic_store_explicit(&known, features, memory_order_relaxed);
    }
    return features;
}

#elif defined(__aarch64__) && defined(__linux__)

#include <asm/hwcap.h>
#include <sys/auxv.h>

unsigned recapi_cpu_features(void) {
    return ALWAYS | (getauxval(AT_HWCAP) & HWCAP_SHA2 ? SHA : 0);
}

#else

unsigned recapi_cpu_features(void) {
    return ALWAYS;
}

#endif
