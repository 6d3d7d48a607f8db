import CFuzzer
import Foundation
import TestSupport

/// What libFuzzer, which brings the `main` of the program, calls by name.
///
/// The environment says what is to be done, since libFuzzer starts itself again with arguments of its own:
/// `FUZZ_TARGET=pkcs12` names the target, `FUZZ_SEEDS=FOLDER` has its first inputs written instead, and `FUZZ_LIST=1` has all
/// names of targets printed.
@_cdecl("LLVMFuzzerInitialize")
func initialize(
    _ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
    func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    if variable("FUZZ_LIST") != nil {
        FuzzTargets.all.forEach { print($0.name) }
        exit(0)
    }
    guard let target = FuzzTargets.all.first(where: { $0.name == variable("FUZZ_TARGET") }) else {
        print("FUZZ_TARGET is one of: \(FuzzTargets.all.map(\.name).joined(separator: " "))")
        exit(64)
    }
    if let folder = variable("FUZZ_SEEDS") {
        do {
            try Seeds.write(target, to: folder)
            exit(0)
        } catch {
            print("the seeds of \(target.name) cannot be made: \(error)")
            exit(1)
        }
    }
    FuzzTargets.current = target
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    FuzzTargets.current.run(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}

@_cdecl("LLVMFuzzerCustomMutator")
func customMutator(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ most: Int, _ seed: UInt32) -> Int {
    var random = SeededGenerator(seed: UInt64(seed))
    let input = Array(UnsafeBufferPointer(start: data, count: size))
    guard !random.oneIn(4), let changed = FuzzTargets.current.mutated(input, &random), changed.count <= most else {
        return LLVMFuzzerMutate(data, size, most)
    }
    return changed.copied(to: data)
}

@_cdecl("LLVMFuzzerCustomCrossOver")
func customCrossOver(
    _ first: UnsafePointer<UInt8>?, _ firstSize: Int, _ second: UnsafePointer<UInt8>?, _ secondSize: Int,
    _ output: UnsafeMutablePointer<UInt8>, _ most: Int, _ seed: UInt32
) -> Int {
    var random = SeededGenerator(seed: UInt64(seed))
    let first = Array(UnsafeBufferPointer(start: first, count: firstSize))
    let second = Array(UnsafeBufferPointer(start: second, count: secondSize))
    guard let crossed = FuzzTargets.current.crossed(first, second, &random), crossed.count <= most else { return 0 }
    return crossed.copied(to: output)
}

enum Fuzzer {
    /// Bytes changed in one of libFuzzer's own ways, those of its dictionary and of comparisons that it saw among them.
    static func mutated(_ bytes: [UInt8], most: Int) -> [UInt8] {
        guard most > 0 else { return [] }
        let known = bytes.prefix(most)
        return [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            buffer.initialize(repeating: 0)
            _ = buffer.update(fromContentsOf: known)
            count = buffer.baseAddress.map { LLVMFuzzerMutate($0, known.count, most) } ?? 0
        }
    }
}

extension [UInt8] {
    fileprivate func copied(to output: UnsafeMutablePointer<UInt8>) -> Int {
        UnsafeMutableBufferPointer(start: output, count: count).update(fromContentsOf: self)
    }
}
