#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SHA1_WORDS 5
#define SHA1_MOST_LANES 16

// FIPS 180-4 sections 5.3.1 and 4.2.1.
#define SHA1_H0 0x67452301
#define SHA1_H1 0xefcdab89
#define SHA1_H2 0x98badcfe
#define SHA1_H3 0x10325476
#define SHA1_H4 0xc3d2e1f0

// A 20-byte message is padded to one block with this word after it, and its length in bits at the end.
#define SHA1_PADDING 0x80000000
#define SHA1_BIT_COUNT 160

/// Overwrites memory in a way that the compiler cannot leave out.
static inline void recapi_wipe(void *bytes, size_t count) {
    memset(bytes, 0, count);
    __asm__ volatile("" : : "r"(bytes) : "memory");
}
