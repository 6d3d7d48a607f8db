import CKeyDerivation
import Testing

@Suite("Kernels")
struct KernelTests {
    @Test("every CPU has a kernel for one chain, and none is too wide for these tests", arguments: ChainKind.all)
    func lanes(_ kind: ChainKind) {
        let lanes = kind.kernels.map { kind.kernel($0).pointee.lanes }
        #expect(lanes.contains(1))
        #expect(lanes.allSatisfy { 2 * $0 <= ChainVectors.most })
    }

    @Test("each kernel and the best ones agree with OpenSSL, and touch no other chain", arguments: ChainKind.all)
    func kernels(_ kind: ChainKind) throws {
        let vectors = try ChainVectors(kind)
        for (iterations, chains) in vectors.after {
            // Long ones take their time where nothing is optimized.
            for count in 0...ChainVectors.most where iterations < 1000 || [1, 2, ChainVectors.most].contains(count) {
                let expected = (chains[..<count] + vectors.start[count...]).flatMap { $0 }
                var bytes = vectors.start.flatMap { $0 }
                kind.runBestKernels(&bytes, count: count, iterations: iterations)
                #expect(bytes == expected, "\(count) × \(iterations)")
                for index in kind.kernels {
                    bytes = vectors.start.flatMap { $0 }
                    kind.run(kernel: index, &bytes, count: count, iterations: iterations)
                    #expect(
                        bytes == expected,
                        "\(String(cString: kind.kernel(index).pointee.name)): \(count) × \(iterations)")
                }
            }
        }
    }
}
