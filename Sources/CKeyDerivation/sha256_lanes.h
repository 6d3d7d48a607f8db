// SHA-256 (FIPS 180-4 section 6.2.2), LANES chains side by side.
//
// Included once for each kernel, with KERNEL (what its functions' names begin with) and LANES defined.

#include "kernel_words.h"

#define ROTATE_RIGHT(x, n) ROTATE_LEFT(x, 32 - (n))
#define SUM(x, i, j, k) (ROTATE_RIGHT(x, i) ^ ROTATE_RIGHT(x, j) ^ ROTATE_RIGHT(x, k))
#define SPREAD(x, i, j, k) (ROTATE_RIGHT(x, i) ^ ROTATE_RIGHT(x, j) ^ ((x) >> (k)))

#define W(t) PART(block, (t) % 16)

// Word t of the message schedule, in the place of word t - 16.
#define SCHEDULE(t) W(t) += SPREAD(W((t) + 1), 7, 18, 3) + W((t) + 9) + SPREAD(W((t) + 14), 17, 19, 10)

#define ROUND(t, constant) \
    do { \
        const WORD a = sets[set].a, b = sets[set].b, c = sets[set].c; \
        const WORD e = sets[set].e, f = sets[set].f, g = sets[set].g; \
        WORD sum = sets[set].h + (W(t) + (constant)); \
        SETTLE(sum); \
        sum += CHOOSE(e, f, g); \
        SETTLE(sum); \
        sum += SUM(e, 6, 11, 25); \
        SETTLE(sum); \
        sets[set].h = g; \
        sets[set].g = f; \
        sets[set].f = e; \
        sets[set].e = sets[set].d + sum; \
        sum += MAJORITY(a, b, c); \
        SETTLE(sum); \
        sum += SUM(a, 2, 13, 22); \
        sets[set].d = c; \
        sets[set].c = b; \
        sets[set].b = a; \
        sets[set].a = sum; \
    } while (0)

ALWAYS_INLINE void NAMED(_rounds)(WORD *digest, const WORD *state, WORD *block) {
    struct {
        WORD a, b, c, d, e, f, g, h;
    } sets[SETS];
    EACH_SET {
        sets[set].a = PART(state, 0);
        sets[set].b = PART(state, 1);
        sets[set].c = PART(state, 2);
        sets[set].d = PART(state, 3);
        sets[set].e = PART(state, 4);
        sets[set].f = PART(state, 5);
        sets[set].g = PART(state, 6);
        sets[set].h = PART(state, 7);
    }
    // What is constant in a padded block is used up after 32 rounds; the others need not be unrolled, and the less
    // code there is, the more of it stays decoded. That of two sets has to fit the cache besides.
    enum { unrolled = SETS == 1 ? 32 : 16 };
    UNROLL for (int t = 0; t < unrolled; t++) {
        EACH_SET {
            if (t >= 16) SCHEDULE(t);
            ROUND(t, round_constants[t]);
        }
    }
    KEEP_ROLLED for (int first = unrolled; first < 64; first += 16) {
        UNROLL for (int t = 0; t < 16; t++) {
            EACH_SET {
                SCHEDULE(t);
                ROUND(t, round_constants[first + t]);
            }
        }
    }
    EACH_SET {
        PART(digest, 0) = sets[set].a + PART(state, 0);
        PART(digest, 1) = sets[set].b + PART(state, 1);
        PART(digest, 2) = sets[set].c + PART(state, 2);
        PART(digest, 3) = sets[set].d + PART(state, 3);
        PART(digest, 4) = sets[set].e + PART(state, 4);
        PART(digest, 5) = sets[set].f + PART(state, 5);
        PART(digest, 6) = sets[set].g + PART(state, 6);
        PART(digest, 7) = sets[set].h + PART(state, 7);
    }
}

#include "kernel_operations.h"

#undef ROUND
#undef SCHEDULE
#undef W
#undef SPREAD
#undef SUM
#undef ROTATE_RIGHT
