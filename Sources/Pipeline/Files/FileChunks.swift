import Glibc

extension OpenFile {
    /// Calls `body` with the file from its start on, a part at a time.
    ///
    /// - Throws: ``SystemError``; what `body` throws.
    func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
            var offset = 0
            while true {
                let count = try Self.retrying { pread(descriptor, buffer.baseAddress, buffer.count, offset) }
                guard count > 0 else { return }
                try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                offset += count
            }
        }
    }
}
