import PKCS12
import SwiftASN1

/// A certificate by itself, with what can be told of its place in a chain.
public struct ChainCertificate: Sendable {
    public let der: [UInt8]
    /// SHA-1, upper-case hex.
    public let thumbprint: String
    /// RFC 4514 text.
    public let subject: String
    public let issuer: String
    private let fields: CertificateFields

    /// Whether it names itself as its issuer, by name and, where it has them, by the identifiers of its keys. Nobody
    /// checks the signature here.
    public var isSelfSigned: Bool {
        fields.isSelfIssued
            && (fields.authorityKeyIdentifier == nil || fields.subjectKeyIdentifier == nil
                || fields.authorityKeyIdentifier == fields.subjectKeyIdentifier)
    }

    /// The one that issued it: by the key's identifier where several have the name.
    public func issuer(among others: [ChainCertificate]) -> ChainCertificate? {
        let others = others.filter { $0.thumbprint != thumbprint }
        return others.first { fields.isIssued(byKeyOf: $0.fields) } ?? others.first { fields.isIssued(by: $0.fields) }
    }

    init(der: [UInt8], fields: CertificateFields, _ thumbprints: Thumbprints) throws {
        self.der = der
        self.fields = fields
        thumbprint = try thumbprints.sha1(der)
        subject = DistinguishedName.text(fields.subject)
        issuer = DistinguishedName.text(fields.issuer)
    }
}

extension Reissuer {
    /// The certificates of a PFX, in the order of the file.
    ///
    /// - Throws: ``PKCS12Error``, ``ReissueError`` `certificateMalformed`.
    public func certificates(inPFX source: SourceFile, passwords: [SecretBytes]) throws -> [ChainCertificate] {
        try open(source, passwords: passwords).certificates.map {
            try ChainCertificate(der: $0.der, fields: $0.fields, thumbprints)
        }
    }

    /// The certificates of a file that holds one in DER, or any number in PEM.
    ///
    /// - Throws: ``ReissueError`` `certificateMalformed`.
    public func certificates(inFile source: SourceFile) throws -> [ChainCertificate] {
        do {
            let encoded = source.bytes.first == 0x30 ? [source.bytes] : try Self.pemCertificates(source.bytes)
            return try encoded.map { try ChainCertificate(der: $0, fields: CertificateFields(der: $0), thumbprints) }
        } catch let error as ReissueError {
            throw ReissueError(error.code, "\(source.path): \(error.reason)", hint: error.hint)
        } catch {
            throw ReissueError(
                .certificateMalformed, "\(source.path) holds no certificate in DER or PEM",
                hint: "keep nothing but certificates in that folder")
        }
    }

    private static func pemCertificates(_ bytes: [UInt8]) throws -> [[UInt8]] {
        let documents = try PEMDocument.parseMultiple(pemString: String(decoding: bytes, as: UTF8.self))
        let certificates = documents.filter { $0.discriminator == "CERTIFICATE" }
        guard !certificates.isEmpty else { throw PKCS12Error(.malformed, "there is no certificate") }
        return certificates.map(\.derBytes)
    }
}
