// SHA-256 with the SHA2 instructions of ARMv8, LANES chains interleaved.
//
// Included once for each kernel, with KERNEL (what its functions' names begin with) and LANES defined. A state is held
// as a message is: ABCD, EFGH.

#define REGISTER uint32x4_t
#include "sha256_registers.h"

#define STATE DIGEST

ALWAYS_INLINE void NAMED(_set_initial)(STATE *state) {
    EACH_LANE memcpy(&state->part[2 * lane], initial_state, sizeof initial_state);
}

ALWAYS_INLINE void NAMED(_load_state)(STATE *state, const uint32_t *words) {
    NAMED(_load_digest)(state, words);
}

// Rounds 4 * i to 4 * i + 3.
#define ROUNDS(i) \
    EACH_LANE { \
        uint32x4_t *const w = block[lane]; \
        if (i >= 4) { \
            const uint32x4_t mixed = vsha256su0q_u32(w[i % 4], w[(i + 1) % 4]); \
            w[i % 4] = vsha256su1q_u32(mixed, w[(i + 2) % 4], w[(i + 3) % 4]); \
        } \
        const uint32x4_t sum = vaddq_u32(w[i % 4], vld1q_u32(&round_constants[4 * i])); \
        const uint32x4_t before = abcd[lane]; \
        abcd[lane] = vsha256hq_u32(before, efgh[lane], sum); \
        efgh[lane] = vsha256h2q_u32(efgh[lane], before, sum); \
    }

ALWAYS_INLINE void NAMED(_compress)(DIGEST *digest, const STATE *state, uint32_t bit_count) {
    uint32x4_t block[LANES][4], abcd[LANES], efgh[LANES];
    EACH_LANE {
        block[lane][0] = digest->part[2 * lane];
        block[lane][1] = digest->part[2 * lane + 1];
        block[lane][2] = vsetq_lane_u32(PADDING, vdupq_n_u32(0), 0);
        block[lane][3] = vsetq_lane_u32(bit_count, vdupq_n_u32(0), 3);
        abcd[lane] = state->part[2 * lane];
        efgh[lane] = state->part[2 * lane + 1];
    }
    ROUNDS(0) ROUNDS(1) ROUNDS(2) ROUNDS(3) ROUNDS(4) ROUNDS(5) ROUNDS(6) ROUNDS(7)
    ROUNDS(8) ROUNDS(9) ROUNDS(10) ROUNDS(11) ROUNDS(12) ROUNDS(13) ROUNDS(14) ROUNDS(15)
    EACH_LANE {
        digest->part[2 * lane] = vaddq_u32(abcd[lane], state->part[2 * lane]);
        digest->part[2 * lane + 1] = vaddq_u32(efgh[lane], state->part[2 * lane + 1]);
    }
}

#include "kernel_operations.h"

#undef ROUNDS
