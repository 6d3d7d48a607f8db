import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import PKCS12

@Suite struct SecretBytesTests {
    @Test func comparesContents() {
        #expect(secret("abc") == secret("abc"))
        #expect(secret("abc") != secret("abd"))
        #expect(secret("abc") != secret("xbc"))
        #expect(secret("abc") != secret("ab"))
        #expect(secret("") == SecretBytes(copying: []))
    }

    @Test(arguments: [0, 1, 63, 64, 65, 16384, 16385, 1 << 20])
    func keepsBytesOfEverySize(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let secret = SecretBytes(copying: bytes)
        #expect(secret.count == count)
        #expect(secret.isEmpty == (count == 0))
        #expect(secret.withUnsafeBytes { $0.elementsEqual(bytes) })
    }

    @Test func keepsWhatTheInitializerSaysItWrote() {
        let secret = SecretBytes(capacity: 100) { target in
            target[0] = 7
            return 1
        }
        #expect(secret == SecretBytes(copying: [7]))
    }

    @Test func showsNothing() {
        let secret = secret("hush-hush")
        var dumped = ""
        dump(secret, to: &dumped)
        let info = PrivateKeyInfo(algorithm: AlgorithmIdentifier(algorithm: [1, 2, 3]), privateKey: secret)
        dump(info, to: &dumped)
        for text in [
            "\(secret)", String(reflecting: secret), String(describing: secret), "\(info)", "\([secret])", dumped,
        ] {
            #expect(!text.contains("hush"))
            #expect(!text.contains("104"))  // the first byte, as a number
        }
        #expect("\(secret)" == "SecretBytes(9)")
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test(arguments: [0, 1, 64, 16384, 16385, 100_000]) func scratchIsLentZeroedAndTakenBackWiped(_ count: Int) {
        struct Refusal: Error {}
        for round in 0..<50 {
            let refuses = round.isMultiple(of: 2)
            let sum = try? SecretBytes.withScratch(byteCount: count) { memory in
                #expect(memory.count == count && memory.allSatisfy { $0 == 0 })
                memory.initializeMemory(as: UInt8.self, repeating: 0xA5)
                if refuses { throw Refusal() }
                return memory.reduce(0) { $0 + Int($1) }
            }
            #expect(sum == (refuses ? nil : 0xA5 * count))
        }
    }

    /// Memory that comes again was wiped when it was released, or it would still hold 0xA5.
    @Test func memoryComesBackWiped() {
        for count in [8, 64, 100, 5000, 16384] {
            for _ in 0..<200 {
                let secret = SecretBytes(capacity: count) { memory in
                    #expect(memory.allSatisfy { $0 == 0 })
                    memory.initializeMemory(as: UInt8.self, repeating: 0xA5)
                    return count
                }
                #expect(secret.count == count)
            }
        }
    }

    @Test func wipesWhatAFailedInitializerWrote() {
        struct Failure: Error {}
        for _ in 0..<50 {
            #expect(throws: Failure.self) {
                try SecretBytes(capacity: 200) { memory in
                    #expect(memory.allSatisfy { $0 == 0 })
                    memory.initializeMemory(as: UInt8.self, repeating: 0xA5)
                    throw Failure()
                }
            }
        }
    }

    @Test func servesManyThreads() {
        let wrong = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            var kept: [(UInt8, SecretBytes)] = []
            var random = SeededGenerator(seed: UInt64(thread))
            for step in 0..<1000 {
                let byte = UInt8(truncatingIfNeeded: thread << 5 | step & 31)
                let count = Int.random(in: 1...2000, using: &random)
                kept.append((byte, SecretBytes(copying: Array(repeating: byte, count: count))))
                if kept.count > 20 { kept.remove(at: Int.random(in: 0..<20, using: &random)) }
                let isRight = kept.allSatisfy { byte, secret in secret.withUnsafeBytes { $0.allSatisfy { $0 == byte } }
                }
                if !isRight { wrong.add(1, ordering: .relaxed) }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }
}
