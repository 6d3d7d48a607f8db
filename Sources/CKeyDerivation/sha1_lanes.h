// SHA-1 (FIPS 180-4 section 6.1.2), LANES chains side by side.
//
// Included once for each kernel, with KERNEL (what its functions' names begin with) and LANES defined.

#include "kernel_words.h"

#define PARITY(b, c, d) ((b) ^ (c) ^ (d))
#define W(t) PART(block, (t) % 16)

ALWAYS_INLINE void NAMED(_rounds)(WORD *digest, const WORD *state, WORD *block) {
    static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    struct {
        WORD a, b, c, d, e;
    } sets[SETS];
    EACH_SET {
        sets[set].a = PART(state, 0);
        sets[set].b = PART(state, 1);
        sets[set].c = PART(state, 2);
        sets[set].d = PART(state, 3);
        sets[set].e = PART(state, 4);
    }
    UNROLL for (int t = 0; t < 80; t++) {
        EACH_SET {
            const WORD a = sets[set].a, b = sets[set].b, c = sets[set].c, d = sets[set].d;
            if (t >= 16) W(t) = ROTATE_LEFT(W(t + 13) ^ W(t + 8) ^ W(t + 2) ^ W(t), 1);
            WORD sum = sets[set].e + (W(t) + constants[t / 20]);
            SETTLE(sum);
            sum += t < 20 ? CHOOSE(b, c, d) : t < 40 || t >= 60 ? PARITY(b, c, d) : MAJORITY(b, c, d);
            SETTLE(sum);
            sum += ROTATE_LEFT(a, 5);
            sets[set].e = d;
            sets[set].d = c;
            sets[set].c = ROTATE_LEFT(b, 30);
            sets[set].b = a;
            sets[set].a = sum;
        }
    }
    EACH_SET {
        PART(digest, 0) = sets[set].a + PART(state, 0);
        PART(digest, 1) = sets[set].b + PART(state, 1);
        PART(digest, 2) = sets[set].c + PART(state, 2);
        PART(digest, 3) = sets[set].d + PART(state, 3);
        PART(digest, 4) = sets[set].e + PART(state, 4);
    }
}

#include "kernel_operations.h"

#undef W
#undef PARITY
