import Providers
import TestSupport

@testable import PKCS12
@testable import Reissue

/// The key and certificates of a vector, on a token that is none.
struct KeyFixture {
    let rsa: RSAPrivateKey
    /// The leaf first.
    let certificates: [[UInt8]]
    let key: TokenKey
    let token: FakeToken
    let access: TokenAccess

    /// - Parameters:
    ///   - ways: in which the key can leave.
    ///   - shrouds: what takes the place of the key inside a shroud that the token writes.
    ///   - signs: what takes the place of the key when the token signs.
    ///   - refused: ways that the token says are open, and then refuses.
    init(
        ways: [TokenExportWay], vector name: String = "openssl-chain", id: [UInt8] = [7],
        certificates others: [[UInt8]]? = nil, shrouds other: RSAPrivateKey? = nil, signs signer: RSAPrivateKey? = nil,
        refusing refused: Set<TokenExportWay> = []
    ) throws {
        let pfx = try opened(name)
        let rsa = try RSAPrivateKey(pfx.allBags.compactMap(\.key).first!)
        let found = pfx.allBags.compactMap(\.certificate)
        let leaf = try found.first { try CertificateFields(der: $0).rsaPublicKey == rsa.publicKey }!
        self.rsa = rsa
        certificates = [leaf] + found.filter { $0 != leaf }
        let (uri, token) = ("pkcs11:token=hsm;object=www", Token.fake("hsm", flags: []))
        key = TokenKey(
            uri: uri, label: "www", id: id, kind: .rsa, modulus: rsa.modulus, publicExponent: rsa.publicExponent,
            ways: ways)
        var behaviour = FakeToken.Behaviour()
        behaviour.sign = { message, digest, _ in
            try InstalledProviders.crypto.sign(message, with: digest, key: signer ?? rsa)
        }
        behaviour.export = { _, allowed, shroud in
            guard let way = ways.first(where: allowed.subtracting(refused).contains) else {
                throw TokenError(.keyNotExportable, "it cannot leave")
            }
            guard way == .shrouded, let shroud else {
                let notes = ways.filter(refused.intersection(allowed).contains).map { "\($0.rawValue): refused" }
                return TokenExport(key: .rsa(other ?? rsa), way: way, mechanism: nil, notes: notes)
            }
            let ciphertext = try InstalledProviders.crypto.encrypt(
                (other ?? rsa).privateKeyInfo().encoded(), with: shroud.cipher, key: shroud.key,
                iv: shroud.initializationVector)
            return TokenExport(key: .shrouded(ciphertext), way: .shrouded, mechanism: "CKM_DES3_CBC_PAD")
        }
        behaviour.signShrouded = { message, digest, ciphertext, shroud in
            let text = try InstalledProviders.crypto.decrypt(
                ciphertext[...], with: shroud.cipher, key: shroud.key, iv: shroud.initializationVector)
            let key = try RSAPrivateKey(text.withUnsafeBytes { try PrivateKeyInfo($0) })
            return try InstalledProviders.crypto.sign(message, with: digest, key: key)
        }
        let onToken = (others ?? certificates).map { der in
            TokenCertificate(label: "", id: der == leaf ? id : [], der: der)
        }
        self.token = FakeToken(
            [TokenContents(token: token, keys: [key], certificates: onToken)], behaviour: behaviour)
        access = TokenAccess(token, provider: "pkcs11", tokens: self.token)
    }

    func source(
        _ profile: Profile = .schannel, allowing ways: Set<TokenExportWay> = Set(TokenExportWay.allCases),
        authorities: [[UInt8]] = []
    ) throws -> KeyOnToken {
        let contents = try token.contents(of: "pkcs11:token=hsm", module: nil, login: TokenLogin(pin: nil))
        return try KeyOnToken(
            key, among: TokenCertificates(contents.certificates, authorities: authorities), on: access,
            allowing: ways, profile: profile)
    }
}

extension SafeBag {
    fileprivate var key: PrivateKeyInfo? {
        if case .privateKey(let info, _) = value { info } else { nil }
    }

    fileprivate var certificate: [UInt8]? {
        if case .certificate(let der) = value { der } else { nil }
    }
}
