#define _GNU_SOURCE

/*
 * free and realloc for the whole process, libraries included, that leave nothing in what they give back.
 *
 * Cryptographic libraries, and what those are made of, free memory with passwords and private numbers in it as it is:
 * OpenSSL's PKCS#12 key derivation and GMP do, for two. The program's own functions go before those of every library
 * (ld.so(8), symbol lookup), and hand on to the allocator that the process would have without them: mostly the C
 * library's, or one that LD_PRELOAD brings.
 */
#include "hardening.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RECAPI_HAS_OTHER_HEAP 1 /* that of the sanitizer, which has to see every call */
#endif
#endif

#if defined(__GLIBC__) && !defined(RECAPI_HAS_OTHER_HEAP)

typedef void (*free_function)(void *);
typedef void *(*realloc_function)(void *, size_t);
typedef size_t (*size_function)(void *);

/* The allocator's. Whoever looks first writes them, and all find the same; next_free is the last to be written. */
static _Atomic(free_function) next_free;
static _Atomic(realloc_function) next_realloc;
static _Atomic(size_function) next_size;

static _Noreturn void refuse(void)
{
    static const char text[] = "recapi: the allocator that is preloaded does not tell the sizes of what it gives\n"
                               "  hint: malloc_usable_size has to come from it as well; start recapi without LD_PRELOAD\n";
    if (write(STDERR_FILENO, text, sizeof text - 1)) _exit(1);
    _exit(1);
}

/* That malloc_usable_size is of the same make as malloc. Swift relies on it: arrays use all the room that it tells of.
   Some allocators know no sizes before they are initialized: 0. */
static void check_sizes(size_function size, free_function release, bool is_early)
{
    void *piece = malloc(100);
    if (!piece) return;
    const size_t told = size(piece);
    release(piece);
    if ((told < 100 || told > 4096) && !(is_early && told == 0)) refuse();
}

/* Out of line, so that free stays small. */
__attribute__((noinline)) static void find_allocator(void)
{
    static _Thread_local bool finding;
    if (finding) return;
    finding = true;
    const free_function release = (free_function)dlsym(RTLD_NEXT, "free");
    const realloc_function resize = (realloc_function)dlsym(RTLD_NEXT, "realloc");
    const size_function size = (size_function)dlsym(RTLD_NEXT, "malloc_usable_size");
    if (!release || !resize || !size) refuse();
    check_sizes(size, release, true);
    atomic_store_explicit(&next_size, size, memory_order_relaxed);
    atomic_store_explicit(&next_realloc, resize, memory_order_relaxed);
    atomic_store_explicit(&next_free, release, memory_order_release);
    finding = false;
}

/* NULL inside find_allocator only, for the thread that is in it. */
static inline free_function allocator_free(void)
{
    const free_function release = atomic_load_explicit(&next_free, memory_order_acquire);
    if (release) return release;
    find_allocator();
    return atomic_load_explicit(&next_free, memory_order_acquire);
}

/* The program's is the last of all libraries' initializers. */
__attribute__((constructor)) static void check_allocator(void)
{
    const free_function release = allocator_free();
    check_sizes(atomic_load_explicit(&next_size, memory_order_relaxed), release, false);
}

static size_t usable_size(void *memory)
{
    return atomic_load_explicit(&next_size, memory_order_relaxed)(memory);
}

void free(void *memory)
{
    if (!memory) return;
    const int number = errno;
    const free_function release = allocator_free();
    /* dlsym frees the text of an error that came before: that is lost, once. */
    if (!release) return;
    explicit_bzero(memory, usable_size(memory));
    release(memory);
    errno = number;
}

/* Not by the allocator's once it knows sizes: that frees without a word what it moves or cuts off. */
void *realloc(void *old, size_t size)
{
    if (!old) return malloc(size);
    if (size == 0) {
        free(old);
        return NULL;
    }
    if (!allocator_free()) return NULL; /* inside dlsym, which does not ask for this */
    const size_t had = usable_size(old);
    if (had == 0) return atomic_load_explicit(&next_realloc, memory_order_relaxed)(old, size);
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

const char *recapi_foreign_allocator(void)
{
    Dl_info allocator, library;
    void *of_allocator = dlsym(RTLD_NEXT, "malloc"), *of_library = dlsym(RTLD_NEXT, "gnu_get_libc_version");
    if (!of_allocator || !of_library || !dladdr(of_allocator, &allocator) || !dladdr(of_library, &library)
        || allocator.dli_fbase == library.dli_fbase)
        return NULL;
    return allocator.dli_fname;
}

#else

const char *recapi_foreign_allocator(void)
{
    return NULL;
}

#endif
