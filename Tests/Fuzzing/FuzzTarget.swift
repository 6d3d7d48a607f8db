import TestSupport

/// One reader of hostile input, and what has to hold whatever the input is.
protocol FuzzTarget: Sendable {
    /// As it is given on the command line.
    var name: String { get }

    /// Reads an input, and traps where something does not hold that must; see ``require(_:_:)``.
    func run(_ input: [UInt8])

    /// A change that keeps to the input's format; nil leaves it to libFuzzer.
    func mutated(_ input: [UInt8], _ random: inout SeededGenerator) -> [UInt8]?

    /// An input of parts of two; nil for none.
    func crossed(_ first: [UInt8], _ second: [UInt8], _ random: inout SeededGenerator) -> [UInt8]?

    /// First inputs, by the name of the file that each comes from.
    func seeds() throws -> [(name: String, input: [UInt8])]
}

extension FuzzTarget {
    func mutated(_ input: [UInt8], _ random: inout SeededGenerator) -> [UInt8]? { nil }
    func crossed(_ first: [UInt8], _ second: [UInt8], _ random: inout SeededGenerator) -> [UInt8]? { nil }
}

enum FuzzTargets {
    static let all: [any FuzzTarget] = [
        PKCS12Target(), BERTarget(), CertificateTarget(), DumpTarget(), PipelineTarget(),
        BoundaryTarget(), MessageTarget(),
    ]
    /// The one of this process. Written once by `main`, before libFuzzer runs.
    nonisolated(unsafe) static var current: any FuzzTarget = PKCS12Target()
}

/// Ends the process, so that libFuzzer keeps the input, where something does not hold.
func require(_ holds: Bool, _ sentence: @autoclosure () -> String) {
    guard !holds else { return }
    fatalError(sentence())
}
