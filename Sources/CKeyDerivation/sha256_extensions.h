// SHA-256 with the SHA extensions of x86, LANES chains interleaved: one alone leaves the execution unit idle for half
// of the latency of `sha256rnds2`.
//
// Included once for each kernel, with KERNEL (what its functions' names begin with) and LANES defined. Registers of a
// message hold its words in order, from the lowest 32 bits; those of a state hold, from the highest, A, B, E, F and
// C, D, G, H.

#define REGISTER __m128i
#include "sha256_registers.h"

#define STATE NAMED(_state)

typedef struct {
    __m128i part[2 * LANES];  // of each lane ABEF, CDGH
} STATE;

ALWAYS_INLINE void NAMED(_set_initial)(STATE *state) {
    const int *const word = (const int *)initial_state;
    EACH_LANE {
        state->part[2 * lane] = _mm_set_epi32(word[0], word[1], word[4], word[5]);
        state->part[2 * lane + 1] = _mm_set_epi32(word[2], word[3], word[6], word[7]);
    }
}

// The four words that two registers give, in the other form: this changes a state into a message, and back.
#define HIGH_WORDS(x, y) _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(x), _mm_castsi128_ps(y), 0xbb))
#define LOW_WORDS(x, y) _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(x), _mm_castsi128_ps(y), 0x11))

ALWAYS_INLINE void NAMED(_load_state)(STATE *state, const uint32_t *words) {
    DIGEST digest;
    NAMED(_load_digest)(&digest, words);
    EACH_LANE {
        const __m128i low = digest.part[2 * lane], high = digest.part[2 * lane + 1];
        state->part[2 * lane] = LOW_WORDS(high, low);
        state->part[2 * lane + 1] = HIGH_WORDS(high, low);
    }
    recapi_wipe(&digest, sizeof digest);
}

// Rounds 4 * i to 4 * i + 3. `sha256rnds2` does two of them, and leaves in CDGH what ABEF is after them.
#define ROUNDS(i) \
    EACH_LANE { \
        __m128i *const w = block[lane]; \
        if (i >= 4) { \
            const __m128i seventh = _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4); \
            const __m128i mixed = _mm_add_epi32(_mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]), seventh); \
            w[i % 4] = _mm_sha256msg2_epu32(mixed, w[(i + 3) % 4]); \
        } \
        const __m128i sum = _mm_add_epi32(w[i % 4], _mm_loadu_si128((const __m128i *)&round_constants[4 * i])); \
        cdgh[lane] = _mm_sha256rnds2_epu32(cdgh[lane], abef[lane], sum); \
        abef[lane] = _mm_sha256rnds2_epu32(abef[lane], cdgh[lane], _mm_shuffle_epi32(sum, 0x0e)); \
    }

ALWAYS_INLINE void NAMED(_compress)(DIGEST *digest, const STATE *state, int bit_count) {
    __m128i block[LANES][4], abef[LANES], cdgh[LANES];
    EACH_LANE {
        block[lane][0] = digest->part[2 * lane];
        block[lane][1] = digest->part[2 * lane + 1];
        block[lane][2] = _mm_set_epi32(0, 0, 0, (int)PADDING);
        block[lane][3] = _mm_set_epi32(bit_count, 0, 0, 0);
        abef[lane] = state->part[2 * lane];
        cdgh[lane] = state->part[2 * lane + 1];
    }
    ROUNDS(0) ROUNDS(1) ROUNDS(2) ROUNDS(3) ROUNDS(4) ROUNDS(5) ROUNDS(6) ROUNDS(7)
    ROUNDS(8) ROUNDS(9) ROUNDS(10) ROUNDS(11) ROUNDS(12) ROUNDS(13) ROUNDS(14) ROUNDS(15)
    EACH_LANE {
        abef[lane] = _mm_add_epi32(abef[lane], state->part[2 * lane]);
        cdgh[lane] = _mm_add_epi32(cdgh[lane], state->part[2 * lane + 1]);
        digest->part[2 * lane] = HIGH_WORDS(abef[lane], cdgh[lane]);
        digest->part[2 * lane + 1] = LOW_WORDS(abef[lane], cdgh[lane]);
    }
}

#include "kernel_operations.h"

#undef ROUNDS
#undef LOW_WORDS
#undef HIGH_WORDS
