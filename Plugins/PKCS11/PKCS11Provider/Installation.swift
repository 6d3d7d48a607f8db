import CPKCS11
import PKCS12
import Providers

/// Puts a key, its public key, its certificate and the chain on a token, all or none.
struct Installation {
    private let identity: TokenIdentity
    private let session: Session
    private let id: [UInt8]
    private let label: [UInt8]

    /// - Parameter session: one that writes.
    init(_ identity: TokenIdentity, _ session: Session) throws {
        self.identity = identity
        self.session = session
        id = try identity.id ?? LibCrypto.digest(identity.key.modulus[...], with: .sha1)
        label = Array(identity.label.utf8)
    }

    /// - Returns: the URIs of the key and of its certificate.
    /// - Throws: ``TokenError`` `objectExists`.
    func run() throws -> (key: String, certificate: String) {
        let certificates = try identity.certificates.map(CertificateNames.init)
        guard let leaf = certificates.first else {
            throw TokenError(.tokenFailed, "there is no certificate to put on the token")
        }
        try requireRoom()
        var made: [CK_OBJECT_HANDLE] = []
        do {
            made.append(try createPrivateKey(subject: leaf.subject))
            made.append(try createPublicKey(subject: leaf.subject))
            made.append(try create(leaf, id: id))
            for certificate in certificates.dropFirst() where try !isThere(certificate) {
                // With the key's label they would be found where somebody looks for the key's certificate.
                made.append(try create(certificate, id: nil))
            }
        } catch {
            for object in made.reversed() { session.destroy(object) }
            throw error
        }
        func uri(_ objectClass: Int32) throws -> String {
            try TokenURI.uri(of: CK_ULONG(objectClass), id: id, label: label, on: session.token.info)
        }
        return (try uri(Int32(CKO_PRIVATE_KEY)), try uri(Int32(CKO_CERTIFICATE)))
    }

    private func requireRoom() throws {
        for (kind, name) in [
            (CKO_PRIVATE_KEY, "key"), (CKO_PUBLIC_KEY, "public key"), (CKO_CERTIFICATE, "certificate"),
        ] {
            for (attribute, what) in [(Attribute(CKA_ID, id), "CKA_ID"), (Attribute(CKA_LABEL, label), "label")] {
                guard try session.objects(with: [Attribute(CKA_CLASS, CK_ULONG(kind)), attribute], limit: 1).isEmpty
                else {
                    throw TokenError(
                        .objectExists,
                        "a \(name) of the \(what) \(what == "CKA_ID" ? hex(id) : identity.label) is on the token",
                        hint: what == "CKA_ID"
                            ? "the token may have this key already: remove it first"
                            : "remove it first, or choose another label")
                }
            }
        }
    }

    private func isThere(_ certificate: CertificateNames) throws -> Bool {
        let template = [
            Attribute(CKA_CLASS, CK_ULONG(CKO_CERTIFICATE)), Attribute(CKA_VALUE, certificate.der),
        ]
        return try !session.objects(with: template, limit: 1).isEmpty
    }

    private func createPrivateKey(subject: [UInt8]) throws -> CK_OBJECT_HANDLE {
        let attributes =
            common(CKO_PRIVATE_KEY, label: label, isPrivate: true) + [
                Attribute(CKA_KEY_TYPE, CK_ULONG(CKK_RSA)), Attribute(CKA_ID, id), Attribute(CKA_SUBJECT, subject),
                Attribute(CKA_SENSITIVE, true), Attribute(CKA_EXTRACTABLE, identity.isExtractable),
                Attribute(CKA_SIGN, true), Attribute(CKA_DECRYPT, true),
            ]
        let key = identity.key
        let numbers = [
            Attribute(CKA_MODULUS, key.modulus), Attribute(CKA_PUBLIC_EXPONENT, key.publicExponent),
            Attribute(CKA_PRIVATE_EXPONENT, key.privateExponent), Attribute(CKA_PRIME_1, key.prime1),
            Attribute(CKA_PRIME_2, key.prime2), Attribute(CKA_EXPONENT_1, key.exponent1),
            Attribute(CKA_EXPONENT_2, key.exponent2), Attribute(CKA_COEFFICIENT, key.coefficient),
        ]
        do {
            return try session.create(attributes + numbers, "the private key")
        } catch let error as ModuleFailure where error.value.code == .tokenFailed {
            // Many tokens take private keys only wrapped.
            guard let unwrapped = try unwrapPrivateKey(attributes) else { throw error }
            return unwrapped
        }
    }

    /// nil where the token unwraps by no mechanism that is known here.
    private func unwrapPrivateKey(_ attributes: [Attribute]) throws -> CK_OBJECT_HANDLE? {
        let usable = [Mechanism.keyWrapKWP, .aesCBC, .keyWrapPad].filter { session.token.has($0, CK_FLAGS(CKF_UNWRAP)) }
        guard !usable.isEmpty else { return nil }
        let plaintext = try identity.key.privateKeyInfo().encoded()
        return try session.withKnownAESKey { key, value in
            var refusal: ModuleFailure?
            for var mechanism in usable {
                let keyWrap = AESKeyWrap(key: value)
                let wrapped: [UInt8]
                if mechanism.type == Mechanism.aesCBC.type {
                    var generator = SystemRandomNumberGenerator()
                    let iv: [UInt8] = (0..<16).map { _ in generator.next() }
                    mechanism.parameter = SecretBytes(copying: iv)
                    wrapped = try keyWrap.encryptCBC(plaintext, iv: iv)
                } else {
                    wrapped = try keyWrap.wrap(plaintext)
                }
                do {
                    return try session.unwrap(wrapped, under: key, mechanism, attributes)
                } catch let failure as ModuleFailure {
                    refusal = failure
                }
            }
            if let refusal { throw refusal }
            return nil
        }
    }

    private func createPublicKey(subject: [UInt8]) throws -> CK_OBJECT_HANDLE {
        try session.create(
            common(CKO_PUBLIC_KEY, label: label, isPrivate: false) + [
                Attribute(CKA_KEY_TYPE, CK_ULONG(CKK_RSA)), Attribute(CKA_ID, id), Attribute(CKA_SUBJECT, subject),
                Attribute(CKA_MODULUS, identity.key.modulus),
                Attribute(CKA_PUBLIC_EXPONENT, identity.key.publicExponent), Attribute(CKA_VERIFY, true),
                Attribute(CKA_ENCRYPT, true),
            ], "the public key")
    }

    private func create(_ certificate: CertificateNames, id: [UInt8]?) throws -> CK_OBJECT_HANDLE {
        try session.create(
            common(CKO_CERTIFICATE, label: id == nil ? certificate.commonName : label, isPrivate: false) + [
                Attribute(CKA_CERTIFICATE_TYPE, CK_ULONG(CKC_X_509)), Attribute(CKA_SUBJECT, certificate.subject),
                Attribute(CKA_ISSUER, certificate.issuer), Attribute(CKA_SERIAL_NUMBER, certificate.serialNumber),
                Attribute(CKA_VALUE, certificate.der),
            ] + (id.map { [Attribute(CKA_ID, $0)] } ?? []), "a certificate")
    }

    private func common(_ objectClass: some BinaryInteger, label: [UInt8]?, isPrivate: Bool) -> [Attribute] {
        [
            Attribute(CKA_CLASS, CK_ULONG(objectClass)), Attribute(CKA_TOKEN, true),
            Attribute(CKA_PRIVATE, isPrivate),
        ] + (label.map { [Attribute(CKA_LABEL, $0)] } ?? [])
    }
}

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
