import Glibc
import SwiftASN1

/// The certificates in the files of a folder, DER or PEM, for chains.
struct AuthorityFolder {
    /// DER.
    private(set) var certificates: [[UInt8]] = []
    /// Which files hold none.
    private(set) var notes: [String] = []

    private static let fileByteLimit = 16 << 20

    /// - Throws: ``PipelineError`` `folderUnreadable`, and what reading a file throws.
    init(_ folder: FilePath) throws(PipelineError) {
        let listing: FolderListing
        do {
            listing = try FolderListing(folder) { _ in true }
        } catch {
            let text = (error as? SystemError ?? SystemError(number: EIO)).text
            throw PipelineError(.folderUnreadable, "the folder \(folder) cannot be read: \(text)")
        }
        for index in 0..<listing.count where !listing[index].isFolder {
            let path = folder.appending(FilePath(listing[index].bytes))
            let found = Self.certificates(in: try FileReader(byteLimit: Self.fileByteLimit).read(path).bytes)
            if found.isEmpty { notes.append("\(path) holds no certificate") }
            certificates += found
        }
    }

    private static func certificates(in bytes: [UInt8]) -> [[UInt8]] {
        // A SEQUENCE; PEM starts with text.
        if bytes.first == 0x30, (try? DER.parse(bytes)) != nil { return [bytes] }
        let documents = try? PEMDocument.parseMultiple(pemString: String(decoding: bytes, as: UTF8.self))
        return (documents ?? []).filter { labels.contains($0.discriminator) }.map(\.derBytes)
    }

    /// RFC 7468 §5.1 and its appendix A.
    private static let labels: Set<String> = ["CERTIFICATE", "X509 CERTIFICATE"]
}
