// Digests of SHA-256 in two registers a lane, their words in order from the lowest 32 bits: so both x86 and ARM want a
// message. Included once for each such kernel, with REGISTER (the type of a register) defined.

#define DIGEST NAMED(_digest)

typedef struct {
    REGISTER part[2 * LANES];
} DIGEST;

ALWAYS_INLINE void NAMED(_load_digest)(DIGEST *digest, const uint32_t *words) {
    EACH_LANE {
        uint32_t word[WORDS];
        for (int i = 0; i < WORDS; i++) word[i] = words[i * LANES + lane];
        memcpy(&digest->part[2 * lane], word, sizeof word);
        recapi_wipe(word, sizeof word);
    }
}

ALWAYS_INLINE void NAMED(_store_digest)(uint32_t *words, const DIGEST *digest) {
    EACH_LANE {
        uint32_t word[WORDS];
        memcpy(word, &digest->part[2 * lane], sizeof word);
        for (int i = 0; i < WORDS; i++) words[i * LANES + lane] = word[i];
        recapi_wipe(word, sizeof word);
    }
}

#undef REGISTER
