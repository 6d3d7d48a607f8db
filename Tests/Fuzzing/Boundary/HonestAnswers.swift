import PKCS12
import TestSupport

@testable import Providers

/// What an honest host answers, in the order of the readers of ``MessageTarget``.
enum HonestAnswers {
    static let all: [@Sendable (inout MessageWriter) -> Void] = [
        {
            $0.append(
                ProviderDescription(
                    name: "openssl", library: "OpenSSL 3", capabilities: CryptoCapabilities(note: "no RC2"),
                    reports: .all, verifiesSignatures: true, hasTokens: true))
        },
        { $0.append(FakeProvider.report.keys) { $0.append($1) } },
        { $0.append(FakeProvider.report.certificates) { $0.append($1) } },
        {
            $0.append(
                TokenMatches(tokens: [token], pinSource: "file:/p", namesObject: true, modulePath: "/m", notes: ["a"]))
        },
        {
            let key = TokenKey(
                uri: "k", label: "ü", id: [1], kind: .rsa, modulus: [3], publicExponent: [1, 0, 1], ways: [.read])
            $0.append(
                TokenContents(
                    token: token, keys: [key, key],
                    certificates: [TokenCertificate(label: "c", id: [1], der: [0x30, 0])]))
        },
        { $0.append(TokenExport(key: .rsa(KnownRSAKey.key), way: .read, mechanism: "CKM_X", notes: ["one"])) },
        { $0.append(TokenError(.wrongPIN, "the PIN is wrong", hint: "give another")) },
        {
            $0.append([
                KeyDerivation(
                    method: .pkcs12(.macKey), digest: .sha1, password: SecretBytes(copying: [0, 65, 0, 0]), salt: [1],
                    iterations: 2_000, byteCount: 20)
            ]) { $0.append($1) }
        },
        {
            $0.append(
                TokenIdentity(
                    key: KnownRSAKey.key, certificates: [[0x30, 0]], label: "web", isExtractable: true, id: [1]))
        },
        { $0.append(TokenLogin(pin: SecretBytes(copying: [49, 50]), allowsFinalTry: true)) },
        {
            $0.append(
                TokenShroud(
                    cipher: .aes256CBC, key: SecretBytes(copying: 0..<32),
                    initializationVector: SecretBytes(copying: 0..<16)))
        },
    ]

    private static let token = Token(
        uri: "pkcs11:token=a", label: "ä", manufacturer: "M", model: "", serialNumber: "1", module: "/m.so",
        flags: [.loginRequired], largestSessionCount: 3)
}
