import PKCS12
import Providers

/// What is on a token, and which of its keys can be re-issued, and how. It holds no secret.
public struct TokenInventory: Codable, Sendable, Equatable {
    public struct Key: Codable, Sendable, Equatable {
        /// To paste into a configuration.
        public var uri: String
        public var label: String
        /// CKA_ID, upper-case hex.
        public var id: String
        /// `RSA`, `EC`…
        public var kind: String
        /// The length of the modulus; nil for other keys than RSA.
        public var bits: Int?
        /// Nil where the token has none for the key.
        public var certificate: Certificate?
        /// The ways in which the key can leave, best first.
        public var ways: [TokenExportWay]
        /// What `recapi convert` would say: a code and a sentence; nil where it would convert the key.
        public var refusal: Inspection.Refusal?
    }

    public struct Certificate: Codable, Sendable, Equatable {
        public var label: String
        /// RFC 4514 text.
        public var subject: String
        /// SHA-1, upper-case hex, as Windows shows it.
        public var thumbprint: String
        public var notAfter: String
    }

    public var uri: String
    public var label: String
    public var manufacturer: String
    public var model: String
    public var serialNumber: String
    public var module: String
    /// Whether the PIN is entered at the token itself.
    public var entersPINItself: Bool
    /// Whether private objects are shown as well: somebody was logged in, or need not be.
    public var showsPrivateObjects: Bool
    public var keys: [Key]
    /// Certificates that belong to none of the keys.
    public var otherCertificates: [Certificate]
    /// What the token's flags say of its PIN.
    public var notes: [String]
    /// Why nothing else is known of the token; nil where it could be asked.
    public var error: Inspection.Refusal?

    /// - Parameters:
    ///   - access: of the token; its login decides what is shown.
    ///   - login: nil to see public objects only.
    /// - Throws: ``TokenError``.
    public init(_ access: TokenAccess, login: TokenLogin?, crypto: any PKCS12Cryptography) throws {
        let contents = try access.tokens.contents(of: access.token.uri, module: access.module, login: login)
        self.init(contents.token)
        showsPrivateObjects = login != nil || !contents.token.flags.contains(.loginRequired)
        let certificates = TokenCertificates(contents.certificates)
        let thumbprints = Thumbprints(crypto)
        let described = try certificates.all.map { try Certificate($0, thumbprints) }
        var matched: Set<Int> = []
        keys = contents.keys.map { key in
            var index: Int?
            if case .found(let found) = certificates.match(key) { index = found }
            if let index { matched.insert(index) }
            return Key(
                key, certificate: index.map { described[$0] }, among: certificates, on: access,
                problem: contents.problem(of: key))
        }
        otherCertificates = described.enumerated().filter { !matched.contains($0.offset) }.map(\.element)
    }

    /// Of a token that could not be asked.
    public init(_ token: Token, error: any Error) {
        self.init(token)
        self.error = Inspection.Refusal(error)
    }

    private init(_ token: Token) {
        (uri, label, manufacturer) = (token.uri, token.label, token.manufacturer)
        (model, serialNumber, module) = (token.model, token.serialNumber, token.module)
        entersPINItself = token.flags.contains(.protectedAuthenticationPath)
        showsPrivateObjects = false
        (keys, otherCertificates) = ([], [])
        notes = token.flags.sentences
    }
}

extension TokenInventory.Certificate {
    fileprivate init(_ certificate: OpenedPFX.Certificate, _ thumbprints: Thumbprints) throws {
        label = (certificate.attributes.friendlyName ?? "").printable
        subject = DistinguishedName.text(certificate.fields.subject)
        thumbprint = try thumbprints.sha1(certificate.der)
        notAfter = certificate.fields.notAfter
    }
}

extension TokenInventory.Key {
    fileprivate init(
        _ key: TokenKey, certificate: TokenInventory.Certificate?, among certificates: TokenCertificates,
        on access: TokenAccess, problem: TokenError?
    ) {
        uri = key.uri
        label = key.label.printable
        id = hexText(key.id)
        kind = key.kind.rawValue
        bits = key.modulus.isEmpty ? nil : RSAPublicKey(modulus: key.modulus, exponent: []).bitCount
        self.certificate = certificate
        ways = key.ways
        do {
            if let problem { throw problem }
            _ = try KeyOnToken(
                key, among: certificates, on: access, allowing: Set(TokenExportWay.allCases), profile: .schannel)
        } catch {
            refusal = Inspection.Refusal(error)
        }
    }
}

extension TokenFlags {
    fileprivate var sentences: [String] {
        let all: [(TokenFlags, String)] = [
            (.protectedAuthenticationPath, "the PIN is entered at the token itself"),
            (.pinCountLow, "a wrong PIN was entered since the last right one"),
            (.pinFinalTry, "another wrong PIN locks the token"),
            (.pinLocked, "the PIN is locked"),
            (.writeProtected, "the token is write-protected"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}
