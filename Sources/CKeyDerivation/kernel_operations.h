// The two operations of a kernel, from the parts that it has given: STATE and DIGEST, how they are loaded and stored,
// and `compress`, which replaces a digest by the state after it, as one padded block, has followed `state`.

static void NAMED(_iterate)(uint32_t *words, uint64_t iterations) {
    STATE initial;
    DIGEST digest;
    NAMED(_set_initial)(&initial);
    NAMED(_load_digest)(&digest, words);
    while (iterations-- > 0) NAMED(_compress)(&digest, &initial, DIGEST_BITS);
    NAMED(_store_digest)(words, &digest);
    recapi_wipe(&digest, sizeof digest);
}

static void NAMED(_pbkdf2)(uint32_t *words, uint64_t iterations) {
    enum { part = WORDS * LANES };
    STATE states[2];  // of the inner hash and of the outer one
    DIGEST u, t;
    NAMED(_load_state)(&states[0], words);
    NAMED(_load_state)(&states[1], words + part);
    NAMED(_load_digest)(&u, words + 2 * part);
    NAMED(_load_digest)(&t, words + 3 * part);
    while (iterations-- > 0) {
        KEEP_ROLLED for (int i = 0; i < 2; i++) NAMED(_compress)(&u, &states[i], HMAC_BITS);
        UNROLL for (size_t i = 0; i < sizeof t.part / sizeof t.part[0]; i++) t.part[i] ^= u.part[i];
    }
    NAMED(_store_digest)(words + 2 * part, &u);
    NAMED(_store_digest)(words + 3 * part, &t);
    recapi_wipe(states, sizeof states);
    recapi_wipe(&u, sizeof u);
    recapi_wipe(&t, sizeof t);
}

#undef MAJORITY
#undef CHOOSE
#undef ROTATE_LEFT
#undef SETTLE
#undef DIGEST
#undef STATE
#undef WORD
#undef PART
#undef EACH_SET
#undef SETS
#undef LANES
#undef KERNEL
