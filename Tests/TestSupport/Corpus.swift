import Foundation

/// Real files of public projects that lie beside the package on a developer's machine and are no part of it.
public enum Corpus {
    /// Nil where there is no corpus; tests that use it are skipped then.
    public static let entries: [Entry]? = {
        guard let lines = try? String(contentsOf: folder.appending(path: "index.jsonl"), encoding: .utf8) else {
            return nil
        }
        do {
            return try lines.split(separator: "\n").map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)) }
        } catch {
            preconditionFailure("\(folder.path)/index.jsonl cannot be read: \(error)")
        }
    }()

    static let folder = PackageFolder.root.deletingLastPathComponent().appending(path: "shared/corpus")

    /// A file, and what `openssl pkcs12 -legacy` makes of it.
    public struct Entry: Decodable, Sendable, CustomStringConvertible {
        public let file: String
        public let project: String
        public let path: String
        /// Nil: none, or not known.
        public let password: String?
        public let passwordKnown: Bool?
        public let opensslOpens: Bool
        /// SHA-1 thumbprints, in openssl's order.
        public let certificates: [String]
        /// Kind and bits, such as `RSA-2048`.
        public let keys: [String]
        /// For each key the thumbprint of the certificate with the same public key, or "".
        public let thumbprintOfKey: [String]
        public let cspName: [String]
        public let machineKeySet: Bool
        public let info: [String]

        public var bytes: [UInt8] {
            get throws { try Array(Data(contentsOf: Corpus.folder.appending(path: file))) }
        }

        public var description: String { file }
    }
}
