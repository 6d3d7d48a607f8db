// SHA-1 iterated over 20-byte messages with the SHA extensions of x86, LANES chains interleaved: one alone leaves the
// execution unit idle for most of the latency of `sha1rnds4`.
//
// Included once for each kernel, with KERNEL (the name of the function) and LANES defined. Registers hold their first
// word in the highest 32 bits, so that a digest is already in the form of the next message's block.

#define EACH_LANE _Pragma("clang loop unroll(full)") for (int lane = 0; lane < LANES; lane++)

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

static void KERNEL(uint32_t *words, uint64_t iterations) {
    const __m128i initial_abcd = _mm_set_epi32(SHA1_H0, (int)SHA1_H1, (int)SHA1_H2, SHA1_H3);
    const __m128i initial_e = _mm_set_epi32((int)SHA1_H4, 0, 0, 0);
    const __m128i padding = _mm_set_epi32(0, (int)SHA1_PADDING, 0, 0);
    const __m128i bit_count = _mm_set_epi32(0, 0, 0, SHA1_BIT_COUNT);
    __m128i digest[LANES][2];  // words 0 to 3; word 4 and what pads the block
    EACH_LANE {
        int word[SHA1_WORDS];
        for (int i = 0; i < SHA1_WORDS; i++) word[i] = (int)words[i * LANES + lane];
        digest[lane][0] = _mm_set_epi32(word[0], word[1], word[2], word[3]);
        digest[lane][1] = _mm_or_si128(_mm_set_epi32(word[4], 0, 0, 0), padding);
    }
    while (iterations-- > 0) {
        __m128i block[LANES][4], abcd[LANES], e[LANES];
        EACH_LANE {
            block[lane][0] = digest[lane][0];
            block[lane][1] = digest[lane][1];
            block[lane][2] = _mm_setzero_si128();
            block[lane][3] = bit_count;
            abcd[lane] = initial_abcd;
            e[lane] = initial_e;
        }
        ROUNDS(0) ROUNDS(1) ROUNDS(2) ROUNDS(3) ROUNDS(4)
        ROUNDS(5) ROUNDS(6) ROUNDS(7) ROUNDS(8) ROUNDS(9)
        ROUNDS(10) ROUNDS(11) ROUNDS(12) ROUNDS(13) ROUNDS(14)
        ROUNDS(15) ROUNDS(16) ROUNDS(17) ROUNDS(18) ROUNDS(19)
        EACH_LANE {
            digest[lane][0] = _mm_add_epi32(abcd[lane], initial_abcd);
            digest[lane][1] = _mm_sha1nexte_epu32(e[lane], _mm_or_si128(initial_e, padding));
        }
    }
    EACH_LANE {
        uint32_t word[8];
        memcpy(word, digest[lane], sizeof word);
        for (int i = 0; i < 4; i++) words[i * LANES + lane] = word[3 - i];
        words[4 * LANES + lane] = word[7];
        recapi_wipe(word, sizeof word);
    }
    recapi_wipe(digest, sizeof digest);
}

#undef ROUNDS
#undef EACH_LANE
#undef LANES
#undef KERNEL
