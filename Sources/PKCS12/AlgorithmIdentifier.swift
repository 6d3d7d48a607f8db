import SwiftASN1

/// An algorithm and its parameters.
///
///     AlgorithmIdentifier ::= SEQUENCE {
///         algorithm   OBJECT IDENTIFIER,
///         parameters  ANY DEFINED BY algorithm OPTIONAL }          -- RFC 5280 §4.1.1.2
public struct AlgorithmIdentifier: Sendable, Hashable {
    public var algorithm: ASN1ObjectIdentifier
    /// The DER of the parameters; nil where there are none.
    public var parameters: [UInt8]?

    public init(algorithm: ASN1ObjectIdentifier, parameters: [UInt8]? = nil) {
        self.algorithm = algorithm
        self.parameters = parameters
    }

    /// The algorithm's name where it is known, and its dotted number otherwise.
    public var name: String { AlgorithmName.of(algorithm) }

    package init(from cursor: inout DERCursor, _ what: String) throws(PKCS12Error) {
        var content = try cursor.sequence(what)
        algorithm = try content.objectIdentifier(what)
        parameters = content.isAtEnd ? nil : Array(try content.any("the parameters of \(what)").encoded)
        try content.requireEnd(of: what)
    }

    /// Calls `body` with a cursor over the content of the parameters, which must be a SEQUENCE.
    func withParameters<Result>(_ body: (inout DERCursor) throws(PKCS12Error) -> Result) throws(PKCS12Error) -> Result {
        let name = name
        let bytes = parameters ?? []
        let result: Swift.Result<Result, PKCS12Error> = bytes.withUnsafeBytes { bytes in
            do throws(PKCS12Error) {
                var cursor = DERCursor(bytes)
                var content = try cursor.sequence("the parameters of \(name)")
                return .success(try body(&content))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    package func encoded() throws(PKCS12Error) -> [UInt8] {
        DER.sequence(try DER.objectIdentifier(algorithm), parameters ?? [])
    }
}

extension DigestAlgorithm {
    private static let digests: [(ASN1ObjectIdentifier, ASN1ObjectIdentifier, DigestAlgorithm)] = [
        ([1, 3, 14, 3, 2, 26], [1, 2, 840, 113549, 2, 7], .sha1),
        ([2, 16, 840, 1, 101, 3, 4, 2, 4], [1, 2, 840, 113549, 2, 8], .sha224),
        ([2, 16, 840, 1, 101, 3, 4, 2, 1], [1, 2, 840, 113549, 2, 9], .sha256),
        ([2, 16, 840, 1, 101, 3, 4, 2, 2], [1, 2, 840, 113549, 2, 10], .sha384),
        ([2, 16, 840, 1, 101, 3, 4, 2, 3], [1, 2, 840, 113549, 2, 11], .sha512),
    ]

    /// - Throws: `unsupportedAlgorithm`, naming the algorithm.
    package init(digest identifier: ASN1ObjectIdentifier) throws(PKCS12Error) {
        guard let match = Self.digests.first(where: { $0.0 == identifier }) else {
            throw PKCS12Error(
                .unsupportedAlgorithm, "the digest \(AlgorithmName.of(identifier)) is not supported",
                hint: unsupportedHint)
        }
        self = match.2
    }

    /// - Throws: `unsupportedAlgorithm`, naming the algorithm.
    init(hmac identifier: ASN1ObjectIdentifier) throws(PKCS12Error) {
        guard let match = Self.digests.first(where: { $0.1 == identifier }) else {
            throw PKCS12Error(
                .unsupportedAlgorithm, "the pseudo-random function \(AlgorithmName.of(identifier)) is not supported",
                hint: unsupportedHint)
        }
        self = match.2
    }

    package var digestIdentifier: ASN1ObjectIdentifier { Self.entry(self).0 }
    var hmacIdentifier: ASN1ObjectIdentifier { Self.entry(self).1 }

    private static func entry(_ digest: DigestAlgorithm) -> (
        ASN1ObjectIdentifier, ASN1ObjectIdentifier, DigestAlgorithm
    ) {
        digests[Int(digest.rawValue) - 1]
    }
}

let unsupportedHint = "export the file again with 3DES or AES-256 and a SHA-1 or SHA-2 MAC"
