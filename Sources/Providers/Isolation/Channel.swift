import Glibc
import PKCS12

/// One end of a socket pair, closed with the last reference.
final class Channel: Sendable {
    let descriptor: Int32

    init(takingOwnershipOf descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Why nothing more comes or goes.
    enum Failure: Error {
        case closed
        case timedOut
        case failed(errno: Int32)
    }

    /// Two ends, neither of which other programs inherit.
    static func pair() throws(Failure) -> (Channel, Channel) {
        var ends: (Int32, Int32) = (-1, -1)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let made = withUnsafeMutablePointer(to: &ends) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { socketpair(AF_UNIX, type, 0, $0) }
        }
        guard made == 0 else { throw .failed(errno: errno) }
        return (Channel(takingOwnershipOf: ends.0), Channel(takingOwnershipOf: ends.1))
    }

    /// - Parameter deadline: nil to wait for ever.
    func send(_ message: SecretBytes, before deadline: SuspendingClock.Instant?) throws {
        try message.withUnsafeBytes { message in
            var sent = 0
            while sent < message.count {
                let rest = UnsafeRawBufferPointer(rebasing: message[sent...])
                sent += try step(POLLOUT, before: deadline) {
                    Glibc.send(descriptor, rest.baseAddress, rest.count, Self.flags)
                }
            }
        }
    }

    /// Fills the whole buffer.
    func receive(into buffer: UnsafeMutableRawBufferPointer, before deadline: SuspendingClock.Instant?) throws {
        var received = 0
        while received < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[received...])
            let count = try step(POLLIN, before: deadline) {
                recv(descriptor, rest.baseAddress, rest.count, Self.flags)
            }
            guard count > 0 else { throw Failure.closed }
            received += count
        }
    }

    func receiveHeader(before deadline: SuspendingClock.Instant?) throws -> MessageHeader {
        try withUnsafeTemporaryAllocation(byteCount: MessageHeader.byteCount, alignment: 8) { bytes in
            try receive(into: bytes, before: deadline)
            return try MessageHeader(UnsafeRawBufferPointer(bytes))
        }
    }

    /// The body goes straight into memory that is wiped.
    func receiveBody(_ count: Int, before deadline: SuspendingClock.Instant?) throws -> SecretBytes {
        try SecretBytes(capacity: count) { bytes in
            try receive(into: bytes, before: deadline)
            return count
        }
    }

    private static let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)

    /// Tries to move bytes, and waits where none can be moved at once.
    private func step(
        _ event: Int32, before deadline: SuspendingClock.Instant?, _ move: () -> Int
    ) throws(Failure) -> Int {
        while true {
            let count = move()
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: try wait(for: event, before: deadline)
            case EPIPE, ECONNRESET: throw .closed
            default: throw .failed(errno: errno)
            }
        }
    }

    private func wait(for event: Int32, before deadline: SuspendingClock.Instant?) throws(Failure) {
        switch Readiness(of: descriptor, event, before: deadline) {
        case .ready: return
        case .timedOut: throw .timedOut
        case .failed(let number): throw .failed(errno: number)
        }
    }
}
