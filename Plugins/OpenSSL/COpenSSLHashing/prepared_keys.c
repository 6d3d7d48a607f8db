#include "hashing.h"
#include "include/hashing_provider.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>

// Two keys for each of 16 bags.
enum { LENT = 32 };
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

static bool is_same(const unsigned char *a, size_t a_size, const unsigned char *b, size_t b_size) {
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

const recapi_derived_key *recapi_prepared_key(const recapi_derived_key *wanted) {
    for (size_t i = 0; i < lent_count; i++) {
        const recapi_derived_key *key = &lent[i];
        if (key->id == wanted->id && key->iterations == wanted->iterations && key->key_size == wanted->key_size
            && is_same(key->salt, key->salt_size, wanted->salt, wanted->salt_size)
            && is_same(key->password, key->password_size, wanted->password, wanted->password_size))
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
        const recapi_derived_key *shape = &proven[i];
        if (shape->password_size == key->password_size && shape->salt_size == key->salt_size
            && shape->iterations == key->iterations && shape->id == key->id && shape->key_size == key->key_size)
            return true;
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
