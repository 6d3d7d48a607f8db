import CProviderABI
import PKCS12
import TestSupport

@testable import Providers

/// The C boundary, with a plugin behind it that lies: see ``LyingProvider``.
struct BoundaryTarget: FuzzTarget {
    let name = "boundary"

    func run(_ input: [UInt8]) {
        let script = Script(input)
        LyingProvider.script = script
        // The tables are lent for as long as the provider is used.
        defer { withExtendedLifetime(script) { LyingProvider.script = Script([]) } }
        guard let table = LyingProvider.table() else { return }
        guard let provider = outcome({ try ImportedProvider.provider(from: table) }) else { return }
        checkText(provider.name + provider.library + (provider.crypto?.capabilities.note ?? ""))
        if LyingProvider.script.byte() == 0xFF { outcome { try ConsistencyCheck.run(provider) } }
        if let reader = provider.reader { use(reader) }
        if let crypto = provider.crypto { use(crypto) }
        if let tokens = provider.tokens { use(tokens) }
    }

    /// Scripts of octets that lead to each function.
    func seeds() throws -> [(name: String, input: [UInt8])] {
        var random = SeededGenerator(seed: 7)
        return (0..<64).map { number in
            // Mostly small numbers, which are honest ones.
            ("script-\(number)", [0] + random.bytes(200...1_500).map { random.oneIn(4) ? $0 : $0 % 16 })
        }
    }

    // MARK: - What is asked

    private func use(_ reader: any ReaderProvider) {
        let file = FileToRead([0x30, 0x00], password: Self.secret)
        let several = reader.read([file, file])
        require(several.count == 2, "\(several.count) answers for two files")
        let reports = [outcome({ try reader.read(file.bytes, password: file.password) })]
            + several.map { answer in outcome({ try answer.get() }) }
        let fields = reader.reports
        for key in reports.compactMap(\.self).flatMap(\.keys) {
            require((key.providerNames != nil) == fields.contains(.providerName), "names that are not reported")
            require((key.keyUsage != nil) == fields.contains(.keyUsage), "a key usage that is not reported")
            require(key.localKeyID == nil || fields.contains(.localKeyID), "an identifier that is not reported")
        }
    }

    private func use(_ crypto: any CryptoProvider) {
        let (key, iv, text) = (SecretBytes(copying: 0..<32), SecretBytes(copying: 0..<16), Array(0..<48) as [UInt8])
        let requests = [7, 300, 1].map {
            KeyDerivation(
                method: .pbkdf2, digest: .sha256, password: Self.secret, salt: [1], iterations: 1, byteCount: $0)
        }
        if let keys = outcome({ try crypto.derive(requests) }) {
            require(keys.map(\.count) == requests.map(\.byteCount), "keys of other sizes than asked")
        }
        if let ciphertext = outcome({ try crypto.encrypt(Self.secret, with: .aes256CBC, key: key, iv: iv) }) {
            require(ciphertext.count == 16, "a ciphertext of \(ciphertext.count) bytes")
        }
        if let plaintext = outcome({ try crypto.decrypt(text[...], with: .aes256CBC, key: key, iv: iv) }) {
            require((32...47).contains(plaintext.count), "a plaintext of \(plaintext.count) bytes")
        }
        if let mac = outcome({ try crypto.hmac(text[...], with: .sha384, key: key) }) {
            require(mac.count == 48, "a MAC of \(mac.count) bytes")
        }
        if let digest = outcome({ try crypto.digest(text[...], with: .sha1) }) {
            require(digest.count == 20, "a digest of \(digest.count) bytes")
        }
        if let random = outcome({ try crypto.randomBytes(33) }) {
            require(random.count == 33, "\(random.count) random bytes")
        }
        outcome { try crypto.check(KnownRSAKey.key) }
        if let made = outcome({ try crypto.generateRSAKey(bitCount: 512) }) {
            require(made.bitCount == 512, "a key of \(made.bitCount) bits")
        }
        if let signature = outcome({ try crypto.sign(text[...], with: .sha256, key: KnownRSAKey.key) }) {
            require(signature.count == KnownRSAKey.key.modulus.count, "a signature of \(signature.count) bytes")
        }
        let publicKey = RSAPublicKey(modulus: KnownRSAKey.key.modulus, exponent: KnownRSAKey.key.publicExponent)
        outcome { try crypto.verify(publicKey.modulus, of: text[...], with: .sha256, key: publicKey) }
    }

    private func use(_ tokens: any TokenProvider) {
        let (uri, login) = ("pkcs11:token=a", TokenLogin(pin: Self.secret))
        let shroud = TokenShroud(
            cipher: .tripleDESCBC, key: SecretBytes(copying: 0..<24), initializationVector: SecretBytes(copying: 0..<8))
        outcome { try tokens.modules(for: uri) }?.forEach(checkText)
        if let matches = outcome({ try tokens.tokens(matching: uri, module: nil) }) {
            (matches.notes + matches.tokens.map(\.label)).forEach(checkText)
        }
        outcome { try tokens.logIn(to: uri, module: "m", login: login) }
        if let contents = outcome({ try tokens.contents(of: uri, module: nil, login: login) }) {
            (contents.keys.flatMap { [$0.uri, $0.label, $0.obstacle ?? ""] } + [contents.token.uri]).forEach(checkText)
        }
        for way in TokenExportWay.allCases {
            guard
                let export = outcome({
                    try tokens.export(
                        uri, module: nil, login: login, ways: [way], shroud: way == .shrouded ? shroud : nil)
                })
            else { continue }
            require(export.way == way, "a key that came out as \(export.way) instead of \(way)")
        }
        if let signature = outcome({
            try tokens.sign([1], with: .sha1, shrouded: [2], shroud: shroud, on: uri, module: nil, login: login)
        }) {
            require((1...largestSignature).contains(signature.count), "a signature of \(signature.count) bytes")
        }
        let identity = TokenIdentity(
            key: KnownRSAKey.key, certificates: [[0x30, 0]], label: "a", isExtractable: true)
        outcome { try tokens.install(identity, on: uri, module: nil, login: login) }
    }

    // MARK: - What has to hold

    /// The answer, or nil for an error, which has a code and a reason that can be printed.
    @discardableResult
    private func outcome<Answer>(_ body: () throws -> Answer) -> Answer? {
        do {
            return try body()
        } catch {
            guard let error = error as? any CodedError else { fatalError("a lie ends in \(error)") }
            checkText(error.reason)
            checkText(error.hint ?? "")
            return nil
        }
    }

    private func checkText(_ text: String) {
        require(
            text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control },
            "a text with control characters: \(text.debugDescription)")
    }

    private static let secret = SecretBytes(copying: "secret".utf8)
}
