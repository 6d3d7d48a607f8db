#define _GNU_SOURCE

/*
 * free and realloc for the whole process, libraries included, that leave nothing in what they give back.
 *
 * Cryptographic libraries, and what those are made of, free memory with passwords and private numbers in it as it is:
 * OpenSSL's PKCS#12 key derivation and GMP do, for two. The program's own functions go before those of the C library
 * (ld.so(8), symbol lookup), whose memory it is all the same.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RECAPI_HAS_OTHER_HEAP 1 /* that of the sanitizer, which has to see every call */
#endif
#endif

#if defined(__GLIBC__) && !defined(RECAPI_HAS_OTHER_HEAP)

extern void __libc_free(void *);

void free(void *memory)
{
    if (!memory) return;
    int number = errno;
    explicit_bzero(memory, malloc_usable_size(memory));
    __libc_free(memory);
    errno = number;
}

/* Never by the C library's, which frees without a word what it moves or cuts off. */
void *realloc(void *old, size_t size)
{
    if (!old) return malloc(size);
    if (size == 0) {
        free(old);
        return NULL;
    }
    const size_t had = malloc_usable_size(old);
    if (size <= had && size >= had / 2) return old;
    void *new = malloc(size);
    if (!new) return size <= had ? old : NULL;
    memcpy(new, old, size < had ? size : had);
    free(old);
    return new;
}

void *reallocarray(void *old, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, total);
}

#endif
