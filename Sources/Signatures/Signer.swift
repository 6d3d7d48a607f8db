import PKCS12
import Providers
import Reissue

/// Somebody who signs with an RSA key: with the key itself, or by asking the token that holds it.
public struct Signer: Sendable {
    public let certificate: SignerCertificate
    /// The issuers of the certificate in DER, the nearest first, as far as they are known.
    public let chain: [[UInt8]]
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    let sign: @Sendable (ArraySlice<UInt8>, DigestAlgorithm) throws -> [UInt8]

    /// - Parameter certificates: DER, the signer's own first, then its chain.
    private init(
        certificates: [[UInt8]], sign: @escaping @Sendable (ArraySlice<UInt8>, DigestAlgorithm) throws -> [UInt8]
    ) throws {
        guard let own = certificates.first else {
            throw SignatureError(.signerUnfit, "the key that is to sign has no certificate")
        }
        certificate = try SignerCertificate(der: own)
        chain = Array(certificates.dropFirst())
        self.sign = sign
    }

    /// The only key of a PFX.
    ///
    /// - Throws: ``SignatureError`` `signerUnfit`; ``PKCS12Error`` and ``ReissueError`` from opening the file.
    public init(pfx source: SourceFile, password: SecretBytes, provider: Provider) throws {
        var options = Reissuer.Options(profile: .unnamed)
        options.allowMissingMAC = true
        let reissuer = try Reissuer(provider: provider, verifiers: [provider], options: options)
        let keys = try Self.sayingWhatSigns { try reissuer.keys(in: source, passwords: [password]) }
        guard keys.count == 1, let found = keys.first, let crypto = provider.crypto else {
            throw SignatureError(
                .signerUnfit, "\(source.path) has \(keys.count) keys, and one has to sign",
                hint: "name a PFX file with one key and its certificate")
        }
        try self.init(certificates: found.certificates) { try crypto.sign($0, with: $1, key: found.key) }
    }

    /// What keeps a key from conversion keeps it from signing as well, but the words are others.
    private static func sayingWhatSigns<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as ReissueError
            where [.keyWithoutCertificate, .keyDoesNotMatchCertificate].contains(error.code)
        {
            throw SignatureError(
                .signerUnfit, "the key that is to sign is not one with its certificate in the file",
                hint: "name a PFX file with one key and its certificate")
        } catch is ReissueError {
            throw SignatureError(
                .signerUnfit, "the key is not an ordinary RSA key (rsaEncryption), and manifests are signed with RSA",
                hint: "sign with such a key")
        }
    }

    /// The only key on a token that a URI matches.
    ///
    /// - Throws: ``TokenError``, also `keyNotFound` and `keyAmbiguous`; ``ReissueError`` where it has no certificate.
    public init(key uri: String, on access: TokenAccess) throws {
        let contents = try access.tokens.contents(of: uri, module: access.module, login: access.login)
        let keys = contents.keys.filter { $0.kind == .rsa }
        guard let key = keys.first else {
            throw TokenError(
                .keyNotFound, "no RSA key on the token \(access.token.label) matches the URI",
                hint: "recapi tokens --pin SOURCE lists those that there are")
        }
        guard keys.count == 1 else {
            throw TokenError(
                .keyAmbiguous, "\(keys.count) keys on the token \(access.token.label) match the URI",
                hint: "add object= or id=: \(keys.map(\.uri).joined(separator: ", "))")
        }
        try self.init(certificates: TokenCertificates(contents.certificates).certificates(of: key)) {
            try access.tokens.sign($0, with: $1, key: key.uri, module: access.module, login: access.login)
        }
    }
}
