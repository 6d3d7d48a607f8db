import PKCS12

/// Turns requests into calls of the hosted provider.
struct HostedCalls {
    let provider: Provider

    /// - Returns: what writes the answer.
    /// - Throws: ``MessageError`` for a request that is none, and what the provider throws.
    func perform(_ operation: Operation, _ request: inout MessageReader) throws -> (inout MessageWriter) -> Void {
        switch operation {
        case .describe:
            let description = ProviderDescription(
                name: provider.name, library: provider.library, capabilities: provider.crypto?.capabilities,
                reports: provider.reader?.reports,
                verifiesSignatures: provider.crypto?.verifiesSignatures == true, hasTokens: provider.tokens != nil)
            return { $0.append(description) }
        case .read:
            guard let reader = provider.reader else { throw MessageError("the provider has no reader") }
            let report = try reader.read(try request.bytes()[...], password: try request.secret())
            return {
                $0.append(report.keys) { $0.append($1) }
                $0.append(report.certificates) { $0.append($1) }
            }
        case .tokens, .logIn, .contents, .signOnToken, .export, .signShrouded, .install, .modules:
            guard let tokens = provider.tokens else { throw MessageError("the provider has no tokens") }
            return try perform(operation, tokens, &request)
        default:
            guard let crypto = provider.crypto else { throw MessageError("the provider has no crypto") }
            return try perform(operation, crypto, &request)
        }
    }

    private func perform(
        _ operation: Operation, _ crypto: any CryptoProvider, _ request: inout MessageReader
    ) throws -> (inout MessageWriter) -> Void {
        switch operation {
        case .derive:
            let keys = try crypto.derive(try request.array { try $0.derivation() })
            return { message in keys.forEach { message.append($0) } }
        case .encrypt:
            let cipher: ContentCipher = try request.algorithm()
            let ciphertext = try crypto.encrypt(
                try request.secret(), with: cipher, key: try request.secret(), iv: try request.secret())
            return { $0.append(ciphertext) }
        case .decrypt:
            let cipher: ContentCipher = try request.algorithm()
            let plaintext = try crypto.decrypt(
                try request.bytes()[...], with: cipher, key: try request.secret(), iv: try request.secret())
            return { $0.append(plaintext) }
        case .hmac:
            let digest: DigestAlgorithm = try request.algorithm()
            let mac = try crypto.hmac(try request.bytes()[...], with: digest, key: try request.secret())
            return { $0.append(mac) }
        case .digest:
            let algorithm: DigestAlgorithm = try request.algorithm()
            let digest = try crypto.digest(try request.bytes()[...], with: algorithm)
            return { $0.append(digest) }
        case .random:
            let bytes = try crypto.randomBytes(try request.signedNumber())
            return { $0.append(bytes) }
        case .check:
            let defects = try crypto.check(try request.rsaKey())
            return { $0.append(UInt64(defects.rawValue)) }
        case .generate:
            let key = try crypto.generateRSAKey(bitCount: try request.signedNumber())
            return { $0.append(key) }
        case .sign:
            let digest: DigestAlgorithm = try request.algorithm()
            let message = try request.bytes()
            let signature = try crypto.sign(message[...], with: digest, key: try request.rsaKey())
            return { $0.append(signature) }
        case .verify:
            let digest: DigestAlgorithm = try request.algorithm()
            let (message, signature) = (try request.bytes(), try request.bytes())
            let key = RSAPublicKey(modulus: try request.bytes(), exponent: try request.bytes())
            try crypto.verify(signature, of: message[...], with: digest, key: key)
            return { _ in }
        case .describe, .read, .tokens, .logIn, .contents, .signOnToken, .export, .signShrouded, .install, .modules:
            throw MessageError("the request is no call of the crypto table")
        }
    }
}
