import CKeyDerivation
import Testing

@Suite("SHA-1 kernels")
struct SHA1KernelTests {
    static let most = 40

    /// One of the kernels that this CPU has.
    struct Kernel: CustomTestStringConvertible, Sendable {
        var index: Int
        var pointee: recapi_sha1_kernel { recapi_sha1_kernel_at(index)!.pointee }
        var testDescription: String { String(cString: pointee.name) }
    }

    static let kernels: [Kernel] = {
        (0...).lazy.prefix { recapi_sha1_kernel_at($0) != nil }.map(Kernel.init)
    }()

    /// Digests to begin with, each different in every byte.
    static let seeds: [[UInt8]] = (0..<most).map { chain in
        (0..<20).map { UInt8(truncatingIfNeeded: chain * 37 + $0 * 11 + chain * $0) }
    }

    /// `expected[n][c]`: chain `c` after `n` iterations, from OpenSSL.
    static let expected: Result<[Int: [[UInt8]]], any Error> = Result {
        var results = [0: seeds]
        var current = seeds
        for iteration in 1...1000 {
            current = try current.map { try OpenSSLHash.hash(.sha1, $0) }
            if [1, 2, 3, 1000].contains(iteration) { results[iteration] = current }
        }
        return results
    }

    @Test("every CPU has a kernel for one chain")
    func portable() {
        #expect(Self.kernels.contains { $0.pointee.lanes == 1 })
    }

    @Test("each kernel agrees with OpenSSL, for each number of chains", arguments: kernels)
    func kernel(_ kernel: Kernel) throws {
        for (iterations, digests) in try Self.expected.get() where iterations < 1000 {
            for count in 0...Self.most {
                var bytes = Self.seeds.flatMap { $0 }
                recapi_sha1_iterate_with(recapi_sha1_kernel_at(kernel.index)!, &bytes, count, UInt64(iterations))
                #expect(bytes == (digests[..<count] + Self.seeds[count...]).flatMap { $0 }, "\(count) × \(iterations)")
            }
        }
    }

    @Test("each kernel agrees with OpenSSL after many iterations", arguments: kernels)
    func manyIterations(_ kernel: Kernel) throws {
        var bytes = Self.seeds.flatMap { $0 }
        recapi_sha1_iterate_with(recapi_sha1_kernel_at(kernel.index)!, &bytes, Self.most, 1000)
        #expect(try bytes == Self.expected.get()[1000]?.flatMap { $0 })
    }

    @Test("the plan serves each number of chains, and touches no other", arguments: 0...most)
    func plan(_ count: Int) throws {
        for (iterations, digests) in try Self.expected.get() {
            var bytes = Self.seeds.flatMap { $0 }
            recapi_sha1_iterate(&bytes, count, UInt64(iterations))
            #expect(bytes == (digests[..<count] + Self.seeds[count...]).flatMap { $0 }, "\(count) × \(iterations)")
        }
    }
}
