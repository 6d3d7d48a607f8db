import Glibc

/// What waiting for a descriptor came to.
package enum Readiness {
    /// It can be read or written, or is at its end.
    case ready
    case timedOut
    case failed(errno: Int32)

    /// Waits for `POLLIN` or `POLLOUT`.
    ///
    /// - Parameter deadline: nil to wait for ever.
    package init(of descriptor: Int32, _ event: Int32, before deadline: SuspendingClock.Instant?) {
        var poll = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        while true {
            // At the deadline it looks once more: this process itself may have been stopped for a while.
            let count = Glibc.poll(&poll, 1, deadline.map(Self.milliseconds) ?? -1)
            if count > 0 {
                self = .ready
                return
            }
            if count == 0, let deadline, deadline <= .now {
                self = .timedOut
                return
            }
            if count < 0, errno != EINTR {
                self = .failed(errno: errno)
                return
            }
        }
    }

    private static func milliseconds(until deadline: SuspendingClock.Instant) -> Int32 {
        let left = SuspendingClock.now.duration(to: deadline).components
        guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
        guard left.seconds < 1_000_000 else { return 1_000_000_000 }
        return Int32(left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000 + 1)
    }
}
