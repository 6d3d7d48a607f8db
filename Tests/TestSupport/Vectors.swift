import Foundation
import PKCS12

/// The files of Tests/Vectors, with what other tools know of each (see Tests/Vectors/README.md).
public enum Vectors {
    /// Every vector, in the order of index.json.
    public static let all: [Vector] = {
        do {
            return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: folder.appending(path: "index.json")))
        } catch {
            preconditionFailure("Tests/Vectors/index.json cannot be read: \(error)")
        }
    }()

    /// Those that a reissue must take.
    public static var convertible: [Vector] { all.filter { $0.expect == Vector.convertible } }

    public static func named(_ name: String) -> Vector {
        guard let vector = all.first(where: { $0.name == name }) else {
            preconditionFailure("there is no vector \(name) in Tests/Vectors/index.json")
        }
        return vector
    }

    static let folder = PackageFolder.root.appending(path: "Tests/Vectors")
}

/// One file and one password to try on it.
public struct Vector: Decodable, Sendable, CustomStringConvertible {
    /// The value of ``expect`` for a file that a reissue must take.
    public static let convertible = "convertible"

    public let name: String
    /// Below Tests/Vectors.
    public let file: String
    /// The program and version that wrote the file.
    public let maker: String
    public let command: String?
    public let password: String
    /// The MAC's password, where it is another than ``password``.
    public let macPassword: String?
    /// `convertible`, or the code that reading or checking must throw.
    public let expect: String
    /// As ``expect``, when files without a MAC are allowed.
    public let expectAllowingMissingMAC: String?
    /// False: there is no truth about the contents, and the fields below are empty.
    public let opensslOpens: Bool
    /// The digest of the MAC, such as `sha1`; nil without a MAC.
    public let mac: String?
    /// The largest iteration count in the file.
    public let iterations: Int?
    /// In the order of the file.
    public let certificates: [Certificate]
    public let keys: [Key]

    public struct Certificate: Decodable, Sendable {
        /// SHA-1, upper-case hex.
        public let thumbprint: String
        /// A key of the file has the same public key.
        public let leaf: Bool
        public let friendlyName: String?
        /// As openssl calls it, such as `pbeWithSHA1And3-KeyTripleDES-CBC` or `PBES2, PBKDF2, AES-256-CBC, PRF hmacWithSHA256`;
        /// `none` for a plain SafeContents.
        public let encryption: String
    }

    public struct Key: Decodable, Sendable {
        /// `RSA`, `RSASSA-PSS`, `EC`, `Ed25519`, `DSA`.
        public let kind: String
        public let bits: Int
        /// Of the certificate with the same public key.
        public let thumbprint: String?
        /// The first one on the bag.
        public let cspName: String?
        /// Marked for the local machine's key set.
        public let machineKeySet: Bool
        /// The octet of 2.5.29.15 inside the PKCS#8.
        public let keyUsage: UInt8?
        public let friendlyName: String?
        /// As that of a certificate; `none` for a plain key bag.
        public let encryption: String
    }

    public var path: String { Vectors.folder.appending(path: file).path }

    public var bytes: [UInt8] {
        get throws { try Array(Data(contentsOf: Vectors.folder.appending(path: file))) }
    }

    /// The candidates to give: ``password``, then ``macPassword``.
    public var passwords: [SecretBytes] {
        [password, macPassword].compactMap { $0.map { SecretBytes(copying: $0.utf8) } }
    }

    /// The only key; for vectors that have one.
    public var key: Key {
        precondition(keys.count == 1, "\(name) has \(keys.count) keys")
        return keys[0]
    }

    /// The thumbprints of the certificates that belong to keys.
    public var leaves: [String] { certificates.filter(\.leaf).map(\.thumbprint) }

    public var description: String { name }
}

/// Where the package is.
public enum PackageFolder {
    public static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
