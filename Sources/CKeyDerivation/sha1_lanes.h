// SHA-1 (FIPS 180-4 section 6.1.2), LANES chains side by side.
//
// Included once for each kernel, with KERNEL (what its functions' names begin with) and LANES defined.

#include "kernel_words.h"

#define PARITY(b, c, d) ((b) ^ (c) ^ (d))

ALWAYS_INLINE void NAMED(_rounds)(WORD *digest, const WORD *state, WORD *w) {
    static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    WORD a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    UNROLL for (int t = 0; t < 80; t++) {
        if (t >= 16) w[t % 16] = ROTATE_LEFT(w[(t + 13) % 16] ^ w[(t + 8) % 16] ^ w[(t + 2) % 16] ^ w[t % 16], 1);
        WORD sum = e + (w[t % 16] + constants[t / 20]);
        SETTLE(sum);
        sum += t < 20 ? CHOOSE(b, c, d) : t < 40 || t >= 60 ? PARITY(b, c, d) : MAJORITY(b, c, d);
        SETTLE(sum);
        sum += ROTATE_LEFT(a, 5);
        e = d;
        d = c;
        c = ROTATE_LEFT(b, 30);
        b = a;
        a = sum;
    }
    digest[0] = a + state[0];
    digest[1] = b + state[1];
    digest[2] = c + state[2];
    digest[3] = d + state[3];
    digest[4] = e + state[4];
}

#include "kernel_operations.h"

#undef PARITY
