import CPKCS11
import PKCS12
import Providers

/// Brings one private key out of a token.
struct Export {
    private let session: Session
    private let key: PrivateKeyObject
    private let shroud: TokenShroud?
    private let means: ExportMeans

    init(_ session: Session, _ key: PrivateKeyObject, _ shroud: TokenShroud?) {
        self.session = session
        self.key = key
        self.shroud = shroud
        means = ExportMeans(session.token)
    }

    /// - Throws: ``TokenError`` `keyNotExportable`.
    func bestOf(_ ways: Set<TokenExportWay>) throws -> TokenExport {
        let wanted = ways.subtracting(shroud == nil ? [.shrouded] : [])
        var refusals: [String] = []
        for way in means.ways(for: key) where wanted.contains(way) {
            do {
                var export: TokenExport
                switch way {
                case .shrouded: export = try shrouded()
                case .wrapped: export = try wrapped()
                case .read: export = try read()
                }
                export.notes = refusals.map { "the key left the token \(way.rawValue), since \($0)" }
                return export
            } catch {
                refusals.append(try refusal(error))
            }
        }
        throw TokenError(
            .keyNotExportable,
            "the key \(String(decoding: key.label, as: UTF8.self)) cannot leave the token: "
                + (refusals.isEmpty ? obstacle(wanted) : refusals.joined(separator: "; ")))
    }

    private func obstacle(_ ways: Set<TokenExportWay>) -> String {
        means.obstacle(for: key, ways: ways, shrouds: [shroud?.mechanism].compactMap { $0 })
    }

    /// Why a way that looked open is not.
    private struct NotThisWay: Error {
        let sentence: String
    }

    /// - Throws: the error, where it is none of one way only.
    private func refusal(_ error: any Error) throws -> String {
        switch error {
        case let failure as ModuleFailure where !failure.value.isTrouble: return failure.sentence
        case let error as PKCS12Error: return error.reason
        case let error as NotThisWay: return error.sentence
        default: throw error
        }
    }

    private func shrouded() throws -> TokenExport {
        guard let shroud, means.shrouds.contains(where: { $0.type == shroud.mechanism?.type }) else {
            throw NotThisWay(sentence: obstacle([.shrouded]))
        }
        return try session.withShroudKey(shroud, for: CKA_WRAP) { wrappingKey, mechanism in
            let ciphertext = try session.wrap(key.handle, under: wrappingKey, mechanism)
            return TokenExport(key: .shrouded(ciphertext), way: .shrouded, mechanism: mechanism.name)
        }
    }

    private func wrapped() throws -> TokenExport {
        var refusals: [String] = []
        for mechanism in means.keyWraps {
            do {
                let key = try rsaKey(try unwrapped(mechanism))
                return TokenExport(key: .rsa(key), way: .wrapped, mechanism: mechanism.name)
            } catch {
                refusals.append(try refusal(error))
            }
        }
        throw NotThisWay(sentence: refusals.joined(separator: "; "))
    }

    private func unwrapped(_ mechanism: Mechanism) throws -> SecretBytes {
        if mechanism.type == Mechanism.rsaAESKeyWrap.type {
            let transport = try TransportKey.shared.get()
            return try session.withPublicKey(transport) { wrappingKey in
                try transport.unwrap(try session.wrap(key.handle, under: wrappingKey, TransportKey.mechanism))
            }
        }
        return try session.withKnownAESKey { wrappingKey, value in
            try AESKeyWrap(key: value).unwrap(try session.wrap(key.handle, under: wrappingKey, mechanism))
        }
    }

    private func rsaKey(_ encoded: SecretBytes) throws -> RSAPrivateKey {
        let unwrapped: RSAPrivateKey
        do {
            unwrapped = try RSAPrivateKey(PrivateKeyInfo(leading: encoded))
        } catch let error as PKCS12Error {
            throw NotThisWay(sentence: "what the token wrapped is no RSA key in PKCS#8: \(error.reason)")
        }
        guard unwrapped.modulus == key.modulus else {
            throw NotThisWay(sentence: "the key that the token wrapped has another modulus than the one on it")
        }
        return unwrapped
    }

    private func read() throws -> TokenExport {
        func number(_ type: CK_ATTRIBUTE_TYPE, _ name: String) throws -> SecretBytes {
            guard let number = try session.secret(type, key.handle), !number.isEmpty else {
                throw NotThisWay(sentence: "the token does not tell \(name)")
            }
            return number.withUnsafeBytes { bytes in
                SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes.drop { $0 == 0 }))
            }
        }
        let exponent = try session.publicExponent(of: key)
        guard !exponent.isEmpty else { throw NotThisWay(sentence: "the token does not tell CKA_PUBLIC_EXPONENT") }
        let rsa = RSAPrivateKey(
            modulus: key.modulus, publicExponent: exponent,
            privateExponent: try number(CKA_PRIVATE_EXPONENT, "CKA_PRIVATE_EXPONENT"),
            prime1: try number(CKA_PRIME_1, "CKA_PRIME_1"), prime2: try number(CKA_PRIME_2, "CKA_PRIME_2"),
            exponent1: try number(CKA_EXPONENT_1, "CKA_EXPONENT_1"),
            exponent2: try number(CKA_EXPONENT_2, "CKA_EXPONENT_2"),
            coefficient: try number(CKA_COEFFICIENT, "CKA_COEFFICIENT"))
        return TokenExport(key: .rsa(rsa), way: .read, mechanism: nil)
    }
}
