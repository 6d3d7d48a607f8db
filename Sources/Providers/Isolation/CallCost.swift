import PKCS12

/// What a call may take on top of ``Isolation/timeLimit``, from its arguments.
///
/// Each rate is at least eight times slower than what design.md §8 measured, so that only a call that hangs meets it.
/// What a reader does with a file cannot be known before: its calls get the size's share only.
struct CallCost {
    let duration: Duration

    static let none = CallCost(seconds: 0)

    /// 5 µs an iteration and block, for chains that run one after the other.
    static func derivation(_ requests: [KeyDerivation]) -> CallCost {
        CallCost(
            seconds: requests.reduce(0) { seconds, request in
                let blocks = (Double(request.byteCount) / Double(request.digest.byteCount)).rounded(.up)
                return seconds + Double(request.iterations) * blocks * 5e-6
            })
    }

    /// 4 MiB a second.
    static func data(byteCount: Int) -> CallCost {
        CallCost(seconds: Double(byteCount) / Double(4 << 20))
    }

    /// 10 s for 4096 bits; the time to find a prime grows with the fourth power of its size.
    static func keyGeneration(bitCount: Int) -> CallCost {
        let size = Double(bitCount) / 4_096
        return CallCost(seconds: 10 * size * size * size * size)
    }

    /// Two minutes for somebody to enter a PIN at the token; none for a login with a PIN.
    static func login(_ login: TokenLogin?) -> CallCost {
        CallCost(seconds: login.map { $0.pin == nil } == true ? 120 : 0)
    }

    private init(seconds: Double) {
        // Not above a week: beyond that nothing is gained, and sums stay far from overflow.
        duration = .milliseconds(Int64(min(max(seconds, 0), 604_800) * 1_000))
    }
}
