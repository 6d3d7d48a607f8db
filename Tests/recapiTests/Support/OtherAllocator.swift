import Foundation
import TestSupport

/// Libraries for LD_PRELOAD that bring an allocator.
enum OtherAllocator {
    /// Debian's libjemalloc2.
    static let jemalloc = "libjemalloc.so.2"

    /// The C library's own that counts, and leaves `malloc_usable_size` to the one that it stands before.
    static let memusage = "libmemusage.so"

    /// Compiles one that takes back nothing but what it gave, and never gives it again.
    ///
    /// - Returns: where it is.
    static func strict(in folder: TemporaryFolder) throws -> String {
        try ExternalTool(name: "cc", package: "gcc").check([
            "-O1", "-shared", "-fPIC", "-fno-builtin", "-Wall", "-Werror", "-o", folder.path("strict.so"),
            try folder.write(source.utf8, to: "strict.c"),
        ])
        return folder.path("strict.so")
    }

    private static let source = """
        #include <errno.h>
        #include <stdatomic.h>
        #include <stddef.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>

        /* In front of each piece. */
        struct label { size_t size, mark; };
        enum { MARK = 0x5eed, USED = 0xdead, ARENA = 1 << 30 };
        static _Atomic(char *) next, end;

        static void *piece(size_t size, size_t alignment)
        {
            if (!atomic_load(&next)) {
                char *none = NULL;
                char *arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
                if (arena == MAP_FAILED) abort();
                if (atomic_compare_exchange_strong(&next, &none, arena)) atomic_store(&end, arena + ARENA);
                else munmap(arena, ARENA);
            }
            while (!atomic_load(&end));
            if (alignment < 16) alignment = 16;
            size_t whole = sizeof(struct label) + alignment + ((size + 15) & ~(size_t)15);
            char *start = atomic_fetch_add(&next, whole);
            if (start + whole > atomic_load(&end)) { errno = ENOMEM; return NULL; }
            char *given = (char *)(((size_t)start + sizeof(struct label) + alignment - 1) & ~(alignment - 1));
            struct label *label = (struct label *)given - 1;
            label->size = size;
            label->mark = MARK;
            return given;
        }

        void *malloc(size_t size) { return piece(size, 16); }
        void *calloc(size_t count, size_t size) { return piece(count * size, 16); }
        void *memalign(size_t alignment, size_t size) { return piece(size, alignment); }
        void *aligned_alloc(size_t alignment, size_t size) { return piece(size, alignment); }
        void *valloc(size_t size) { return piece(size, 4096); }

        int posix_memalign(void **given, size_t alignment, size_t size)
        {
            return (*given = piece(size, alignment)) ? 0 : ENOMEM;
        }

        static struct label *label_of(void *memory)
        {
            struct label *label = (struct label *)memory - 1;
            if (label->mark != MARK) abort();
            return label;
        }

        size_t malloc_usable_size(void *memory) { return memory ? label_of(memory)->size : 0; }

        void free(void *memory)
        {
            if (memory) label_of(memory)->mark = USED;
        }

        void *realloc(void *old, size_t size)
        {
            void *given = malloc(size);
            if (given && old) {
                size_t had = label_of(old)->size;
                memcpy(given, old, had < size ? had : size);
                free(old);
            }
            return given;
        }
        """
}
