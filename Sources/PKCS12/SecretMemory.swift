import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The memory of ``SecretBytes``: slabs that are locked once and cut into blocks, so that a secret costs no system call.
///
/// Locking works on whole pages, so that blocks of one page cannot be locked and unlocked one by one; slabs are kept
/// for the life of the process and their blocks used again. The size of all slabs follows from how many secrets are
/// alive at once, not from how many there ever were.
enum SecretMemory {
    struct Block: @unchecked Sendable {
        // Sendable: a block has one owner at a time, either a `SecretBytes` or the free list.
        let bytes: UnsafeMutableRawBufferPointer
    }

    static func allocate(_ count: Int) -> Block {
        guard let sizeClass = sizeClass(of: count) else { return map(count) }
        return freeBlocks.withLock { freeBlocks in
            if freeBlocks[sizeClass].isEmpty {
                freeBlocks[sizeClass] = cut(map(slabByteCount), into: smallestBlock << sizeClass)
            }
            return freeBlocks[sizeClass].removeLast()
        }
    }

    static func deallocate(_ block: Block) {
        wipe(block.bytes)
        guard let sizeClass = sizeClass(of: block.bytes.count) else {
            munmap(block.bytes.baseAddress, block.bytes.count)
            return
        }
        freeBlocks.withLock { $0[sizeClass].append(block) }
    }

    private static let smallestBlock = 64
    private static let slabByteCount = 1 << 16
    private static let sizeClassCount = 9  // 64 bytes to 16 KiB

    /// Blocks ready for use, by size class. The mutex owns it.
    private static let freeBlocks = Mutex<[[Block]]>(Array(repeating: [], count: sizeClassCount))

    private static func sizeClass(of count: Int) -> Int? {
        (0..<sizeClassCount).first { count <= smallestBlock << $0 }
    }

    private static func cut(_ slab: Block, into blockByteCount: Int) -> [Block] {
        stride(from: 0, to: slab.bytes.count, by: blockByteCount).map {
            Block(bytes: UnsafeMutableRawBufferPointer(rebasing: slab.bytes[$0..<$0 + blockByteCount]))
        }
    }

    private static func map(_ count: Int) -> Block {
        let size = max(count, 1)
        let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let base, base != MAP_FAILED else {
            // As with any allocation in Swift: there is no memory left to report it with.
            preconditionFailure("out of memory for a secret of \(count) bytes")
        }
        _ = mlock(base, size)  // best effort: RLIMIT_MEMLOCK may forbid it
        #if os(Linux)
            _ = madvise(base, size, 16 /* MADV_DONTDUMP */)
        #endif
        return Block(bytes: UnsafeMutableRawBufferPointer(start: base, count: size))
    }

    private static func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        #if canImport(Darwin)
            _ = memset_s(base, bytes.count, 0, bytes.count)
        #else
            explicit_bzero(base, bytes.count)
        #endif
    }
}
