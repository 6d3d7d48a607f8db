// What kernels have in common that are written as for one chain, a word of it at a time: vector extensions make the
// same text work on LANES of them, and the compiler folds what is constant in a padded block. With SETS defined, the
// lanes are in so many vectors, woven into each other: one vector's rounds, each of which waits for the one before,
// leave a wide CPU idle for a third of the time.
//
// Included once for each kernel, before its `rounds`: the rounds that take `state` over a block, and leave the sum of
// both in `digest`. They may overwrite the block.

#ifndef SETS
#define SETS 1
#endif
#define EACH_SET UNROLL for (int set = 0; set < SETS; set++)
// A word of one set, among those of all sets.
#define PART(words, i) (words)[(i) * SETS + set]

#define WORD NAMED(_word)
#define STATE NAMED(_state)
#define DIGEST STATE

#if LANES == 1
typedef uint32_t WORD;
#else
typedef uint32_t WORD __attribute__((vector_size(4 * LANES / SETS)));
#endif

// Makes the compiler have this value at this point. It otherwise adds up a round's terms in an order that puts those
// that come late behind each other, which costs a third of the speed.
#if LANES == 1
#define SETTLE(value) __asm__("" : "+r"(value))
#elif defined(__x86_64__)
#define SETTLE(value) __asm__("" : "+v"(value))
#elif defined(__aarch64__)
#define SETTLE(value) __asm__("" : "+w"(value))
#else
#define SETTLE(value) (void)0
#endif

#define ROTATE_LEFT(x, n) (((x) << (n)) | ((x) >> (32 - (n))))
#define CHOOSE(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define MAJORITY(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))

typedef struct {
    WORD part[WORDS * SETS];
} STATE;

ALWAYS_INLINE void NAMED(_rounds)(WORD *digest, const WORD *state, WORD *block);

ALWAYS_INLINE void NAMED(_set_initial)(STATE *state) {
    const WORD zero = {0};
    EACH_SET {
        UNROLL for (int i = 0; i < WORDS; i++) PART(state->part, i) = zero + initial_state[i];
    }
}

ALWAYS_INLINE void NAMED(_load_state)(STATE *state, const uint32_t *words) {
    memcpy(state, words, sizeof *state);
}

ALWAYS_INLINE void NAMED(_load_digest)(DIGEST *digest, const uint32_t *words) {
    memcpy(digest, words, sizeof *digest);
}

ALWAYS_INLINE void NAMED(_store_digest)(uint32_t *words, const DIGEST *digest) {
    memcpy(words, digest, sizeof *digest);
}

ALWAYS_INLINE void NAMED(_compress)(DIGEST *digest, const STATE *state, uint32_t bit_count) {
    const WORD zero = {0};
    WORD block[BLOCK_WORDS * SETS];
    EACH_SET {
        UNROLL for (int i = 0; i < WORDS; i++) PART(block, i) = PART(digest->part, i);
        PART(block, WORDS) = zero + PADDING;
        UNROLL for (int i = WORDS + 1; i < BLOCK_WORDS - 1; i++) PART(block, i) = zero;
        PART(block, BLOCK_WORDS - 1) = zero + bit_count;
    }
    NAMED(_rounds)(digest->part, state->part, block);
}
