import PKCS12

/// How the values of calls stand in messages, writing and reading side by side.

extension MessageWriter {
    mutating func append(_ request: KeyDerivation) {
        append(UInt64(request.method.boundaryNumber))
        append(UInt64(request.digest.rawValue))
        append(request.password)
        append(request.salt)
        append(request.iterations)
        append(request.byteCount)
    }

    mutating func append(_ key: RSAPrivateKey) {
        append(key.modulus)
        append(key.publicExponent)
        for number in [
            key.privateExponent, key.prime1, key.prime2, key.exponent1, key.exponent2, key.coefficient,
        ] { append(number) }
    }

    mutating func append(_ key: ReaderReport.Key) {
        append(key.rsa)
        append(key.providerNames) { $0.append($1) { $0.append($1) } }
        append(key.machineKeySet) { $0.append($1) }
        append(key.keyUsage) { $0.append(UInt64($1)) }
        append(key.localKeyID) { $0.append($1) }
        append(key.friendlyName) { $0.append($1) }
    }

    mutating func append(_ certificate: ReaderReport.Certificate) {
        append(certificate.der)
        append(certificate.localKeyID) { $0.append($1) }
        append(certificate.friendlyName) { $0.append($1) }
    }

    mutating func append(_ description: ProviderDescription) {
        append(description.name)
        append(description.library)
        append(description.capabilities) { writer, capabilities in
            writer.append(UInt64(capabilities.digests.boundaryBits))
            writer.append(UInt64(capabilities.ciphers.boundaryBits))
            writer.append(capabilities.note) { $0.append($1) }
        }
        append(description.reports) { $0.append(UInt64($1.rawValue)) }
        append(description.verifiesSignatures)
        append(description.hasTokens)
    }

    /// A ``PKCS12Error`` or ``TokenError`` goes as the boundary's status and text, a ``ProviderError`` as its code and text.
    mutating func append(_ error: any Error) {
        let (status, text) = BoundaryErrors.outgoing(error)
        append((error as? ProviderError)?.code.rawValue) { $0.append($1) }
        append(Int(status))
        append(text)
    }
}

extension MessageReader {
    mutating func algorithm<Algorithm: RawRepresentable<UInt32>>() throws -> Algorithm {
        guard let algorithm = UInt32(exactly: try number()).flatMap(Algorithm.init(rawValue:)) else {
            throw MessageError("there is no such \(Algorithm.self)")
        }
        return algorithm
    }

    mutating func derivation() throws -> KeyDerivation {
        guard let method = UInt32(exactly: try number()).flatMap(KeyDerivation.Method.init(boundaryNumber:)) else {
            throw MessageError("there is no such method of derivation")
        }
        return KeyDerivation(
            method: method, digest: try algorithm(), password: try secret(), salt: try bytes(),
            iterations: try signedNumber(), byteCount: try signedNumber())
    }

    mutating func rsaKey() throws -> RSAPrivateKey {
        RSAPrivateKey(
            modulus: try bytes(), publicExponent: try bytes(), privateExponent: try secret(), prime1: try secret(),
            prime2: try secret(), exponent1: try secret(), exponent2: try secret(), coefficient: try secret())
    }

    mutating func foundKey() throws -> ReaderReport.Key {
        ReaderReport.Key(
            rsa: try rsaKey(), providerNames: try optional { try $0.array { try $0.text() } },
            machineKeySet: try optional { try $0.flag() },
            keyUsage: try optional { UInt8(try $0.number(in: 0...255)) },
            localKeyID: try optional { try $0.bytes() }, friendlyName: try optional { try $0.text() })
    }

    mutating func foundCertificate() throws -> ReaderReport.Certificate {
        ReaderReport.Certificate(
            der: try bytes(), localKeyID: try optional { try $0.bytes() },
            friendlyName: try optional { try $0.text() })
    }

    mutating func description() throws -> ProviderDescription {
        ProviderDescription(
            name: try text(limit: 32), library: try text(limit: 128),
            capabilities: try optional { reader in
                CryptoCapabilities(
                    digests: Set(boundaryBits: UInt32(truncatingIfNeeded: try reader.number())),
                    ciphers: Set(boundaryBits: UInt32(truncatingIfNeeded: try reader.number())),
                    note: try reader.optional { BoundaryErrors.sanitized(try $0.bytes(count: 0...512)) })
            },
            reports: try optional {
                ReaderFields(rawValue: UInt32(truncatingIfNeeded: try $0.number())).intersection(.all)
            },
            verifiesSignatures: try flag(), hasTokens: try flag())
    }

    mutating func error(provider: String) throws -> any Error {
        let code = try optional { try $0.text(limit: 64) }
        let status = Int32(truncatingIfNeeded: try number())
        let text = BoundaryErrors.sanitized(try bytes(count: 0...65_536))
        if let code {
            guard let code = Self.providerCodes.first(where: { $0.rawValue == code }) else {
                throw MessageError("there is no error code \(BoundaryErrors.sanitized(code.utf8))")
            }
            let (reason, hint) = BoundaryErrors.lines(of: text, provider: provider)
            return ProviderError(code, reason, hint: hint)
        }
        guard let error = BoundaryErrors.incoming(status, text: text, provider: provider) else {
            throw MessageError("an error has the status of a success")
        }
        return error
    }

    /// Those that a host may answer with.
    private static let providerCodes: [ProviderError.Code] = [.loadFailed, .notAProvider, .wrongABI, .inconsistent]
}

/// What a provider's tables say besides their functions.
struct ProviderDescription: Equatable, Sendable {
    var name: String
    var library: String
    /// nil where the provider has no crypto.
    var capabilities: CryptoCapabilities?
    /// nil where the provider has no reader.
    var reports: ReaderFields?
    var verifiesSignatures: Bool
    var hasTokens: Bool
}
