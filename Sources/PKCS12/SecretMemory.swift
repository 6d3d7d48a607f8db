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
/// alive at once, not from how many there ever were. Only what is larger than any class of blocks is mapped by itself.
enum SecretMemory {
    struct Block: @unchecked Sendable {
        // Sendable: a block has one owner at a time, either a `SecretBytes` or the free list.
        fileprivate let start: UnsafeMutableRawPointer
        fileprivate let byteCount: Int

        var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: start, count: byteCount) }
    }

    /// Memory of at least `count` bytes, all zero.
    static func allocate(_ count: Int) -> Block {
        guard let sizeClass = sizeClass(of: count) else { return map(count) }
        let byteCount = smallestBlock << sizeClass
        return freeBlocks.withLock { freeBlocks in
            if freeBlocks[sizeClass].isEmpty { freeBlocks[sizeClass] = cut(map(slabByteCount), into: byteCount) }
            return Block(start: freeBlocks[sizeClass].removeLast(), byteCount: byteCount)
        }
    }

    static func deallocate(_ block: Block) {
        wipe(block.bytes)
        guard let sizeClass = sizeClass(of: block.byteCount) else {
            munmap(block.start, block.byteCount)
            return
        }
        freeBlocks.withLock { $0[sizeClass].append(block.start) }
    }

    private static let smallestBlock = 64
    private static let slabByteCount = 1 << 16
    private static let sizeClassCount = 9  // 64 bytes to 16 KiB

    /// Blocks ready for use, by size class. The mutex owns them.
    private static let freeBlocks = Mutex<[[UnsafeMutableRawPointer]]>(Array(repeating: [], count: sizeClassCount))

    /// Sizes double from class to class.
    private static func sizeClass(of count: Int) -> Int? {
        let bitCount = Int.bitWidth - (max(count, smallestBlock) - 1).leadingZeroBitCount
        let sizeClass = bitCount - smallestBlock.trailingZeroBitCount
        return sizeClass < sizeClassCount ? sizeClass : nil
    }

    private static func cut(_ slab: Block, into byteCount: Int) -> [UnsafeMutableRawPointer] {
        stride(from: 0, to: slab.byteCount, by: byteCount).map { slab.start + $0 }
    }

    private static func map(_ count: Int) -> Block {
        let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let start, start != MAP_FAILED else {
            // As with any allocation in Swift: there is no memory left to report it with.
            preconditionFailure("out of memory for a secret of \(count) bytes")
        }
        _ = mlock(start, count)  // best effort: RLIMIT_MEMLOCK may forbid it
        #if os(Linux)
            _ = madvise(start, count, 16 /* MADV_DONTDUMP */)
        #endif
        return Block(start: start, byteCount: count)
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
