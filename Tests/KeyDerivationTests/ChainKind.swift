import CKeyDerivation
import COpenSSL
import PKCS12
import Testing

/// What kernels run: a hash of its own output, or the loop of PBKDF2 with HMAC.
struct ChainKind: CustomTestStringConvertible, Sendable {
    var digest: DigestAlgorithm
    var isPBKDF2: Bool

    static let all = [DigestAlgorithm.sha1, .sha256].flatMap { digest in
        [false, true].map { ChainKind(digest: digest, isPBKDF2: $0) }
    }

    var testDescription: String { isPBKDF2 ? "PBKDF2 with \(digest)" : "\(digest)" }
    var hash: recapi_hash { digest == .sha1 ? RECAPI_HASH_SHA1 : RECAPI_HASH_SHA256 }

    /// The indices of the kernels that this CPU has.
    var kernels: [Int] { (0...).prefix { recapi_kernel_at(hash, $0) != nil } }

    func kernel(_ index: Int) -> UnsafePointer<recapi_kernel> { recapi_kernel_at(hash, index)! }

    func run(kernel index: Int, _ chains: inout [UInt8], count: Int, iterations: Int) {
        let run = isPBKDF2 ? recapi_pbkdf2_with : recapi_iterate_with
        run(kernel(index), &chains, count, UInt64(iterations))
    }

    func runBestKernels(_ chains: inout [UInt8], count: Int, iterations: Int) {
        let run = isPBKDF2 ? recapi_pbkdf2 : recapi_iterate
        run(hash, &chains, count, UInt64(iterations))
    }

    /// A chain to begin with, different in every byte from that of another number.
    func start(_ number: Int) -> [UInt8] {
        let u = (0..<digest.byteCount).map { UInt8(truncatingIfNeeded: number * 37 + $0 * 11 + number * $0) }
        guard isPBKDF2 else { return u }
        var states = [UInt8](repeating: 0, count: 2 * digest.byteCount)
        let key = key(number)
        recapi_hmac_states(hash, key + Array(repeating: 0, count: digest.blockByteCount - key.count), &states)
        return states + u + u.reversed()
    }

    /// The chain after one iteration, by OpenSSL.
    func next(_ chain: [UInt8], _ number: Int) throws -> [UInt8] {
        guard isPBKDF2 else { return try OpenSSLHash.hash(digest, chain) }
        let parts = stride(from: 0, to: chain.count, by: digest.byteCount).map { chain[$0..<$0 + digest.byteCount] }
        let u = try OpenSSLHash.hmac(digest, key: key(number), Array(parts[2]))
        return parts[0] + parts[1] + u + zip(parts[3], u).map { $0 ^ $1 }
    }

    /// HMAC's key: up to a block, none is empty.
    private func key(_ number: Int) -> [UInt8] {
        (0...(number * 13 % digest.blockByteCount)).map { UInt8(truncatingIfNeeded: number * 53 + $0 * 7) }
    }
}

/// Chains of one kind, as they are after some numbers of iterations by OpenSSL.
struct ChainVectors: Sendable {
    /// More than twice the lanes of the widest kernel.
    static let most = 72

    var start: [[UInt8]]
    var after: [Int: [[UInt8]]] = [:]

    init(_ kind: ChainKind) throws {
        start = (0..<Self.most).map(kind.start)
        after[0] = start
        var chains = start
        for iteration in 1...1000 {
            chains = try chains.enumerated().map { try kind.next($1, $0) }
            if [1, 2, 3, 1000].contains(iteration) { after[iteration] = chains }
        }
    }
}
