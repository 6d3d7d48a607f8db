// SHA-256 (FIPS 180-4 section 6.2.2), LANES chains side by side.
//
// Included once for each kernel, with KERNEL (what its functions' names begin with) and LANES defined.

#include "kernel_words.h"

#define ROTATE_RIGHT(x, n) ROTATE_LEFT(x, 32 - (n))
#define SUM(x, i, j, k) (ROTATE_RIGHT(x, i) ^ ROTATE_RIGHT(x, j) ^ ROTATE_RIGHT(x, k))
#define SPREAD(x, i, j, k) (ROTATE_RIGHT(x, i) ^ ROTATE_RIGHT(x, j) ^ ((x) >> (k)))

// Word t of the message schedule, in the place of word t - 16.
#define SCHEDULE(t) \
    w[(t) % 16] += SPREAD(w[((t) + 1) % 16], 7, 18, 3) + w[((t) + 9) % 16] + SPREAD(w[((t) + 14) % 16], 17, 19, 10)

#define ROUND(t, constant) \
    do { \
        WORD sum = h + (w[(t) % 16] + (constant)); \
        SETTLE(sum); \
        sum += CHOOSE(e, f, g); \
        SETTLE(sum); \
        sum += SUM(e, 6, 11, 25); \
        SETTLE(sum); \
        h = g; \
        g = f; \
        f = e; \
        e = d + sum; \
        sum += MAJORITY(a, b, c); \
        SETTLE(sum); \
        sum += SUM(a, 2, 13, 22); \
        d = c; \
        c = b; \
        b = a; \
        a = sum; \
    } while (0)

ALWAYS_INLINE void NAMED(_rounds)(WORD *digest, const WORD *state, WORD *w) {
    WORD a = state[0], b = state[1], c = state[2], d = state[3];
    WORD e = state[4], f = state[5], g = state[6], h = state[7];
    // What is constant in a padded block is used up after 32 rounds; the others need not be unrolled, and the less
    // code there is, the more of it stays decoded.
    UNROLL for (int t = 0; t < 32; t++) {
        if (t >= 16) SCHEDULE(t);
        ROUND(t, round_constants[t]);
    }
    KEEP_ROLLED for (int first = 32; first < 64; first += 16) {
        UNROLL for (int t = 0; t < 16; t++) {
            SCHEDULE(t);
            ROUND(t, round_constants[first + t]);
        }
    }
    digest[0] = a + state[0];
    digest[1] = b + state[1];
    digest[2] = c + state[2];
    digest[3] = d + state[3];
    digest[4] = e + state[4];
    digest[5] = f + state[5];
    digest[6] = g + state[6];
    digest[7] = h + state[7];
}

#include "kernel_operations.h"

#undef ROUND
#undef SCHEDULE
#undef SPREAD
#undef SUM
#undef ROTATE_RIGHT
