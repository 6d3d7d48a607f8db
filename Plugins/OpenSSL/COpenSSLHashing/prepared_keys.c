#include "hashing.h"
#include "include/hashing_provider.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>

// Two keys for each of 16 bags, and that of the MAC.
enum { LENT = 33 };
static _Thread_local recapi_derived_key lent[LENT];
static _Thread_local size_t lent_count;

static void *copy_of(const void *bytes, size_t size) {
    void *copy = OPENSSL_malloc(size ? size : 1);
    if (copy && size) memcpy(copy, bytes, size);
    return copy;
}

static void wipe(recapi_derived_key *key) {
    OPENSSL_clear_free(key->password, key->password_size);
    OPENSSL_free(key->salt);
    OPENSSL_clear_free(key->key, key->key_size);
    *key = (recapi_derived_key){0};
}

int recapi_lend_prepared_key(
    const void *password, size_t password_size, const void *salt, size_t salt_size, uint64_t iterations, int id,
    const void *key, size_t key_size) {
    if (lent_count == LENT) return 0;
    recapi_derived_key *place = &lent[lent_count];
    *place = (recapi_derived_key){
        copy_of(password, password_size), password_size, copy_of(salt, salt_size), salt_size, iterations, id,
        copy_of(key, key_size), key_size};
    if (!place->password || !place->salt || !place->key) {
        wipe(place);
        return 0;
    }
    lent_count++;
    return 1;
}

void recapi_forget_prepared_keys(void) {
    while (lent_count > 0) wipe(&lent[--lent_count]);
}

static bool have_same_shape(const recapi_derived_key *a, const recapi_derived_key *b) {
    return a->password_size == b->password_size && a->salt_size == b->salt_size && a->iterations == b->iterations
        && a->id == b->id && a->key_size == b->key_size;
}

static bool are_same(const unsigned char *a, const unsigned char *b, size_t size) {
    return size == 0 || memcmp(a, b, size) == 0;
}

const recapi_derived_key *recapi_prepared_key(const recapi_derived_key *wanted) {
    for (size_t i = 0; i < lent_count; i++) {
        const recapi_derived_key *key = &lent[i];
        if (have_same_shape(key, wanted) && are_same(key->salt, wanted->salt, key->salt_size)
            && are_same(key->password, wanted->password, key->password_size))
            return key;
    }
    return NULL;
}

// The shapes of keys that came out the same both ways, without their bytes. Once there is no more room, keys of further
// shapes are derived both ways each time.
enum { SHAPES = 64 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // guards what follows
static recapi_derived_key proven[SHAPES];
static size_t proven_count;

static bool is_proven_locked(const recapi_derived_key *key) {
    for (size_t i = 0; i < proven_count; i++) {
        if (have_same_shape(&proven[i], key)) return true;
    }
    return false;
}

bool recapi_is_proven_shape(const recapi_derived_key *key) {
    pthread_mutex_lock(&lock);
    const bool found = is_proven_locked(key);
    pthread_mutex_unlock(&lock);
    return found;
}

void recapi_add_proven_shape(const recapi_derived_key *key) {
    pthread_mutex_lock(&lock);
    if (proven_count < SHAPES && !is_proven_locked(key)) {
        recapi_derived_key *shape = &proven[proven_count++];
        *shape = *key;
        shape->password = shape->salt = shape->key = NULL;
    }
    pthread_mutex_unlock(&lock);
}
