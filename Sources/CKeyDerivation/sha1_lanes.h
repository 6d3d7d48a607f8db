// SHA-1 (FIPS 180-4 section 6.1.2) iterated over 20-byte messages, LANES chains side by side.
//
// Included once for each kernel, with KERNEL (the name of the function) and LANES defined. The text is that of a single
// chain; vector extensions make it work on several, and the compiler folds what is constant in the padded block:
// eleven of its sixteen words, and the state that every message starts from.

#define JOIN_(name, suffix) name##suffix
#define JOIN(name, suffix) JOIN_(name, suffix)
#define WORD JOIN(KERNEL, _word)

#if LANES == 1
typedef uint32_t WORD;
#else
typedef uint32_t WORD __attribute__((vector_size(4 * LANES)));
#endif

// Makes the compiler have this value at this point. It otherwise adds up a round's terms in an order that puts the two
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
#define CHOOSE(b, c, d) ((d) ^ ((b) & ((c) ^ (d))))
#define PARITY(b, c, d) ((b) ^ (c) ^ (d))
#define MAJORITY(b, c, d) (((b) & (c)) | ((d) & ((b) | (c))))

static void KERNEL(uint32_t *words, uint64_t iterations) {
    static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    const WORD zero = {0};
    WORD digest[SHA1_WORDS];
    memcpy(digest, words, sizeof digest);
    while (iterations-- > 0) {
        WORD w[16] = {digest[0], digest[1], digest[2], digest[3], digest[4], zero + SHA1_PADDING};
        for (int t = 6; t < 15; t++) w[t] = zero;
        w[15] = zero + SHA1_BIT_COUNT;
        WORD a = zero + SHA1_H0, b = zero + SHA1_H1, c = zero + SHA1_H2, d = zero + SHA1_H3, e = zero + SHA1_H4;
#pragma clang loop unroll(full)
        for (int t = 0; t < 80; t++) {
            if (t >= 16) {
                w[t % 16] = ROTATE_LEFT(w[(t + 13) % 16] ^ w[(t + 8) % 16] ^ w[(t + 2) % 16] ^ w[t % 16], 1);
            }
            WORD sum = e + (w[t % 16] + constants[t / 20]);
            SETTLE(sum);
            sum += t < 20 ? CHOOSE(b, c, d) : t < 40 || t >= 60 ? PARITY(b, c, d) : MAJORITY(b, c, d);
            SETTLE(sum);
            sum += ROTATE_LEFT(a, 5);
            e = d;
            d = c;
            c = ROTATE_LEFT(b, 30);
            b = a;
            a = sum;
        }
        digest[0] = a + SHA1_H0;
        digest[1] = b + SHA1_H1;
        digest[2] = c + SHA1_H2;
        digest[3] = d + SHA1_H3;
        digest[4] = e + SHA1_H4;
    }
    memcpy(words, digest, sizeof digest);
    recapi_wipe(digest, sizeof digest);
}

#undef MAJORITY
#undef PARITY
#undef CHOOSE
#undef ROTATE_LEFT
#undef SETTLE
#undef WORD
#undef JOIN
#undef JOIN_
#undef LANES
#undef KERNEL
