// The least work that converting and verifying PFX files can be on this CPU, and nothing else: no process, file, copy,
// parser or allocation that a program would need for it.
//
// Assumptions:
// - Each file is opened once, sealed once with 3DES and SHA-1 at 2,000 iterations (what recapi writes), and verified
//   once.
// - Hash chains: of opening, as many as the file's algorithms ask for and of as many iterations (7 in a file as Windows
//   exports it: three for the certificates, three for the key, one for the MAC); of sealing and of verifying 7 each, or
//   3 more for each further key. All chains of all files of a run that are of one kind run together, whoever needs
//   them, in the kernel of Sources/CKeyDerivation that is the fastest for a chain on this CPU (measured first), so that
//   its lanes are full but for the last ones. A real program cannot fill them so: the second part of a 3DES key depends
//   on the first, and no file can be verified before it is sealed.
// - Ciphers: the bytes that the file has encrypted, decrypted once by what the file asks for, and encrypted and
//   decrypted once by 3DES; by libcrypto, one file after the other (GnuTLS' 3DES is within a tenth of it).
// - Proof of the pair: the products and remainders of RFC 8017 section 3.2 that recapi checks, once a key, by
//   libcrypto, without its protection against timing; on a key of the same size, not on the file's own, which is never
//   decrypted.
// - Left out, a hundredth in all: the first block of each chain, the MACs over the contents, comparing.
#include "floor_plan.h"
#include "floor_proof.h"

#include <key_derivation.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void floor_fail(const char *what) {
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

// MARK: - Hash chains

enum { LONGEST_CHAIN = 4 * 32, MOST_LANES = 64 };

static void run(
    const recapi_kernel *kernel, const chain_group *group, uint8_t *chains, size_t count, uint64_t iterations) {
    (group->is_pbkdf2 ? recapi_pbkdf2_with : recapi_iterate_with)(kernel, chains, count, iterations);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// The least of several runs: neighbours only ever add.
static double seconds_a_chain(const recapi_kernel *kernel, const chain_group *group, uint8_t *chains) {
    double least = 1;
    for (int i = 0; i < 5; i++) {
        const double begin = seconds();
        run(kernel, group, chains, kernel->lanes, 256);
        const double taken = seconds() - begin;
        if (taken < least) least = taken;
    }
    return least / (double)kernel->lanes;
}

static const recapi_kernel *fastest(const chain_group *group, uint8_t *chains) {
    const recapi_kernel *best = NULL, *kernel;
    double least = 0;
    for (size_t i = 0; (kernel = recapi_kernel_at(group->hash, i)); i++) {
        if (kernel->lanes > MOST_LANES) floor_fail("a kernel has more lanes than there is room for");
        const double taken = seconds_a_chain(kernel, group, chains);
        if (best && taken >= least) continue;
        best = kernel;
        least = taken;
    }
    return best;
}

static void derive(const chain_group *group, const recapi_kernel *kernel, uint8_t *chains) {
    for (size_t i = 0; i < group->count / kernel->lanes; i++)
        run(kernel, group, chains, kernel->lanes, group->iterations);
    (group->is_pbkdf2 ? recapi_pbkdf2 : recapi_iterate)(
        group->hash, chains, group->count % kernel->lanes, group->iterations);
}

// MARK: - Ciphers

static void crypt(const EVP_CIPHER *cipher, int encrypts, unsigned char *bytes, int size) {
    static const unsigned char key[32] = {1}, iv[16] = {2};
    static EVP_CIPHER_CTX *context;
    int written;
    if (!context) context = EVP_CIPHER_CTX_new();
    if (!context || !EVP_CipherInit_ex2(context, cipher, key, iv, encrypts, NULL)
        || !EVP_CIPHER_CTX_set_padding(context, 0) || !EVP_CipherUpdate(context, bytes, &written, bytes, size))
        floor_fail("cannot run a cipher");
}

// MARK: -

static void work_on(const file_plan *plan, const EVP_CIPHER *sealing, const proof_key *keys, size_t key_count) {
    static unsigned char bytes[FLOOR_LARGEST_ITEM];
    for (size_t i = 0; i < plan->count; i++) {
        const encrypted_item *item = &plan->items[i];
        const int whole_blocks = item->size / 16 * 16;
        crypt(item->cipher, 0, bytes, whole_blocks);
        crypt(sealing, 1, bytes, whole_blocks);
        crypt(sealing, 0, bytes, whole_blocks);
        if (item->is_key) floor_prove(floor_key_for(item->size, keys, key_count));
    }
}

// floor plan|work KEY_2048 KEY_4096 FILE...: `plan` does what `work` does before it begins, and is to be subtracted.
int main(int count, char **words) {
    enum { keys_begin = 2, files_begin = 4 };
    if (count < files_begin) floor_fail("plan|work KEY_2048 KEY_4096 FILE...");
    if (!OSSL_PROVIDER_load(NULL, "default") || !OSSL_PROVIDER_load(NULL, "legacy"))
        floor_fail("there is no legacy provider");
    const proof_key keys[] = {floor_read_key(words[keys_begin]), floor_read_key(words[keys_begin + 1])};
    const size_t file_count = (size_t)(count - files_begin);
    file_plan *plans = calloc(file_count + 1, sizeof *plans);
    const EVP_CIPHER *sealing = EVP_CIPHER_fetch(NULL, "DES-EDE3-CBC", NULL);
    const recapi_kernel *kernels[FLOOR_GROUPS];
    static uint8_t chains[MOST_LANES * LONGEST_CHAIN];
    if (!plans || !sealing) floor_fail("cannot begin");
    for (size_t i = 0; i < file_count; i++) floor_plan(&plans[i], words[files_begin + i]);
    for (size_t i = 0; i < floor_group_count; i++) kernels[i] = fastest(&floor_groups[i], chains);
    if (strcmp(words[1], "plan") == 0) return 0;

    for (size_t i = 0; i < floor_group_count; i++) derive(&floor_groups[i], kernels[i], chains);
    for (size_t i = 0; i < file_count; i++) work_on(&plans[i], sealing, keys, sizeof keys / sizeof keys[0]);
    return 0;
}
