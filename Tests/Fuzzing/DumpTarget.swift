import Foundation
import TestSupport
import Windows

/// Dumps of certutil's and texts of events, as `recapi diagnose` reads them.
///
/// The first octet of an input names an encoding that is told, or none.
struct DumpTarget: FuzzTarget {
    let name = "dump"

    func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let bytes = Array(input.dropFirst())
        let encodings = TextEncoding.allCases
        let told = Int(first) < encodings.count ? encodings[Int(first)] : nil
        do {
            let text = try WindowsText(reading: bytes, as: told)
            check(text, byteCount: bytes.count)
            checkDiagnosis(Diagnosis([Diagnosis.Source(path: "dump.txt", text: .success(text))]), of: text)
        } catch {
            require([.notText, .notUnderstood].contains(error.code), "a dump ends in \(error)")
        }
    }

    func seeds() throws -> [(name: String, input: [UInt8])] {
        let folder = PackageFolder.root.appending(path: "Tests/WindowsTests/Dumps")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).map {
            ($0.lastPathComponent, [UInt8.max] + Array(try Data(contentsOf: $0)))
        }
    }

    private func check(_ text: WindowsText, byteCount: Int) {
        let thumbprints = text.dump.certificates.compactMap(\.thumbprint) + text.events.flatMap(\.thumbprints)
        let isThumbprint = { (text: String) in
            text.utf8.count == 40 && text.utf8.allSatisfy { "0123456789ABCDEF".utf8.contains($0) }
        }
        require(thumbprints.allSatisfy(isThumbprint), "thumbprints that are none: \(thumbprints)")
        let lines =
            text.dump.certificates.map(\.line) + text.events.map(\.line)
            + (text.dump.failures + text.dump.remarks + text.notUnderstood).map(\.line)
        require(lines.allSatisfy { (1...byteCount + 1).contains($0) }, "lines that are none: \(lines)")
    }

    /// Every certificate of the text gets a verdict, and what is shown as JSON can be.
    private func checkDiagnosis(_ diagnosis: Diagnosis, of text: WindowsText) {
        require(
            diagnosis.certificates.count == text.dump.certificates.count,
            "\(diagnosis.certificates.count) verdicts on \(text.dump.certificates.count) certificates")
        do {
            _ = try JSONEncoder().encode(diagnosis)
        } catch {
            fatalError("a diagnosis cannot be written: \(error)")
        }
    }
}
