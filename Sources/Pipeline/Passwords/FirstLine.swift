import Glibc
import PKCS12

/// Reads one line of a descriptor straight into secret memory.
enum FirstLine {
    private static let capacity = 4_096

    /// Takes the bytes up to the first line end, and nothing after it, so that the next reader finds the next line.
    ///
    /// The line end (LF or CRLF) and a UTF-8 byte order mark, which Windows editors write, are left out.
    /// - Parameters:
    ///   - deadline: nil to wait for ever.
    ///   - isEnd: whether a byte other than LF ends the line as well.
    /// - Throws: ``PipelineError`` `passwordUnavailable` for an empty line or one of more than 4,096 bytes; ``SystemError``,
    ///   `ETIMEDOUT` at the deadline.
    static func read(
        from descriptor: Int32, of source: PasswordSource, before deadline: SuspendingClock.Instant? = nil,
        isEnd: (UInt8) throws -> Bool = { _ in false }
    ) throws -> SecretBytes {
        let line = try SecretBytes(capacity: capacity) { buffer in
            var count = 0
            while true {
                guard count < buffer.count else {
                    throw PipelineError(.passwordUnavailable, "the first line of \(source) is too long for a password")
                }
                if let deadline { try OpenFile.waitToRead(descriptor, before: deadline) }
                let byte = UnsafeMutableRawBufferPointer(rebasing: buffer[count...count])
                let got = try OpenFile.retrying { Glibc.read(descriptor, byte.baseAddress, 1) }
                if try got == 0 || byte[0] == UInt8(ascii: "\n") || isEnd(byte[0]) { break }
                count += 1
            }
            if count > 0, buffer[count - 1] == UInt8(ascii: "\r") { count -= 1 }
            return moveToFront(buffer, count, from: startsWithMark(buffer[..<count]) ? 3 : 0)
        }
        guard !line.isEmpty else {
            throw PipelineError(
                .passwordUnavailable, "the first line of \(source) is empty", hint: "name the empty password as empty")
        }
        return line
    }

    private static func startsWithMark(_ bytes: Slice<UnsafeMutableRawBufferPointer>) -> Bool {
        bytes.starts(with: [0xEF, 0xBB, 0xBF])
    }

    private static func moveToFront(_ buffer: UnsafeMutableRawBufferPointer, _ count: Int, from start: Int) -> Int {
        guard start > 0 else { return count }
        UnsafeMutableRawBufferPointer(rebasing: buffer[..<(count - start)])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<count]))
        return count - start
    }
}
