// SHA-1 with the SHA extensions of x86, LANES chains interleaved: one alone leaves the execution unit idle for most of
// the latency of `sha1rnds4`.
//
// Included once for each kernel, with KERNEL (what its functions' names begin with) and LANES defined. Registers hold
// their first word in the highest 32 bits, so that a digest is already in the form of the next message's block.

#define STATE NAMED(_state)
#define DIGEST STATE

typedef struct {
    __m128i part[2 * LANES];  // of each lane words 0 to 3; word 4, and in a digest what pads its block
} STATE;

ALWAYS_INLINE __m128i NAMED(_padding)(void) {
    return _mm_set_epi32(0, (int)PADDING, 0, 0);
}

ALWAYS_INLINE void NAMED(_set_initial)(STATE *state) {
    const int *const word = (const int *)initial_state;
    EACH_LANE {
        state->part[2 * lane] = _mm_set_epi32(word[0], word[1], word[2], word[3]);
        state->part[2 * lane + 1] = _mm_set_epi32(word[4], 0, 0, 0);
    }
}

ALWAYS_INLINE void NAMED(_load_state)(STATE *state, const uint32_t *words) {
    EACH_LANE {
        int word[WORDS];
        for (int i = 0; i < WORDS; i++) word[i] = (int)words[i * LANES + lane];
        state->part[2 * lane] = _mm_set_epi32(word[0], word[1], word[2], word[3]);
        state->part[2 * lane + 1] = _mm_set_epi32(word[4], 0, 0, 0);
        recapi_wipe(word, sizeof word);
    }
}

ALWAYS_INLINE void NAMED(_load_digest)(DIGEST *digest, const uint32_t *words) {
    NAMED(_load_state)(digest, words);
    EACH_LANE digest->part[2 * lane + 1] |= NAMED(_padding)();
}

ALWAYS_INLINE void NAMED(_store_digest)(uint32_t *words, const DIGEST *digest) {
    EACH_LANE {
        uint32_t word[8];
        memcpy(word, &digest->part[2 * lane], sizeof word);
        for (int i = 0; i < 4; i++) words[i * LANES + lane] = word[3 - i];
        words[4 * LANES + lane] = word[7];
        recapi_wipe(word, sizeof word);
    }
}

// Rounds 4 * i to 4 * i + 3. `e` is the first register of two groups before; `sha1nexte` rotates it by 30 bits.
#define ROUNDS(i) \
    EACH_LANE { \
        __m128i *const w = block[lane]; \
        if (i >= 4) { \
            const __m128i mixed = _mm_xor_si128(_mm_sha1msg1_epu32(w[i % 4], w[(i + 1) % 4]), w[(i + 2) % 4]); \
            w[i % 4] = _mm_sha1msg2_epu32(mixed, w[(i + 3) % 4]); \
        } \
        const __m128i sum = i == 0 ? _mm_add_epi32(e[lane], w[0]) : _mm_sha1nexte_epu32(e[lane], w[i % 4]); \
        e[lane] = abcd[lane]; \
        abcd[lane] = _mm_sha1rnds4_epu32(abcd[lane], sum, i / 5); \
    }

ALWAYS_INLINE void NAMED(_compress)(DIGEST *digest, const STATE *state, int bit_count) {
    __m128i block[LANES][4], abcd[LANES], e[LANES];
    EACH_LANE {
        block[lane][0] = digest->part[2 * lane];
        block[lane][1] = digest->part[2 * lane + 1];
        block[lane][2] = _mm_setzero_si128();
        block[lane][3] = _mm_set_epi32(0, 0, 0, bit_count);
        abcd[lane] = state->part[2 * lane];
        e[lane] = state->part[2 * lane + 1];
    }
    ROUNDS(0) ROUNDS(1) ROUNDS(2) ROUNDS(3) ROUNDS(4)
    ROUNDS(5) ROUNDS(6) ROUNDS(7) ROUNDS(8) ROUNDS(9)
    ROUNDS(10) ROUNDS(11) ROUNDS(12) ROUNDS(13) ROUNDS(14)
    ROUNDS(15) ROUNDS(16) ROUNDS(17) ROUNDS(18) ROUNDS(19)
    EACH_LANE {
        digest->part[2 * lane] = _mm_add_epi32(abcd[lane], state->part[2 * lane]);
        digest->part[2 * lane + 1] =
            _mm_sha1nexte_epu32(e[lane], _mm_or_si128(state->part[2 * lane + 1], NAMED(_padding)()));
    }
}

#include "kernel_operations.h"

#undef ROUNDS
