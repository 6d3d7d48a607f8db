import Foundation
import TestSupport
import Testing

@testable import Windows

/// The files of Tests/WindowsTests/Dumps: written after what certutil prints in public samples, one a case.
enum Dumps {
    static let folder = PackageFolder.root.appending(path: "Tests/WindowsTests/Dumps")

    static func path(_ name: String) -> String { folder.appending(path: name).path }

    static func bytes(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appending(path: name)))
    }

    static func text(_ name: String) throws -> WindowsText {
        try WindowsText(reading: bytes(name))
    }

    /// The only certificate of a dump in which everything is understood.
    static func certificate(_ name: String) throws -> DumpedCertificate {
        let text = try text(name)
        #expect(text.notUnderstood.isEmpty && text.dump.remarks.isEmpty, "\(text)")
        #expect(text.dump.certificates.count == 1)
        return try #require(text.dump.certificates.first)
    }

    static func diagnosis(_ names: [String], pfxFiles: [PFXAtHand]? = nil) -> Diagnosis {
        Diagnosis(
            names.map { name in .init(path: name, text: Result { try text(name) }) }, pfxFiles: pfxFiles)
    }
}

/// Thumbprints in the dumps.
enum Thumbprint {
    static let csp = "56195DB06F786CE07A5EB9F52E83B92531D522FB"
    static let ksp = "779A97B1D8E492B5BAFEBC02338845FFDFF76AD2"
    static let archived = "82AD1E0C20A332C8D6ADAC3E5EA243204B85D3A7"
    static let translated = "AABBCCDDEEFF00112233445566778899AABBCCDD"
}
