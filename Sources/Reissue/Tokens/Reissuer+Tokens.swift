import PKCS12
import Providers

extension Reissuer {
    /// Brings a key out of its token, by the best way that is left to it, and goes on with it as with a file's.
    ///
    /// Where the token writes the shroud itself, the private key is never in the clear in this process.
    /// - Parameter outputPassword: UTF-8; empty is refused with `emptyOutputPassword`.
    /// - Throws: ``TokenError`` from the token, ``ProviderError`` from its provider, ``ReissueError`` from checks, sealing
    ///   and verification.
    public func reissue(_ source: KeyOnToken, outputPassword: SecretBytes) throws -> VerifiedPFX {
        try Self.checkOutputPassword(outputPassword)
        let publicKey = try rules.checkPublicKey(of: source.certificate.fields)
        guard try witness.accepts(publicKey, source.sign) else {
            throw ReissueError(
                .keyDoesNotMatchCertificate,
                "what the token signs with the key is not signed with the certificate's key",
                hint: "find the key that the certificate was issued for")
        }
        let scheme =
            source.ways.contains(.shrouded) ? try options.profile.encryption.freshScheme(crypto) : nil
        let shroud = try scheme.map { try TokenShroud($0, outputPassword, crypto) }
        let (content, export, notes) = try source.export(in: source.ways, shroud, scheme)
        let sealed = try seal(
            try check(OpenedPFX(content, fromTokenWith: source.certificates)), password: outputPassword)
        guard case .shrouded = content, let shroud else {
            return VerifiedPFX(try verify(sealed, password: outputPassword), export, notes)
        }
        let verifier = try shroudedVerifier
        try verifier.verify(sealed.bytes, password: outputPassword, against: sealed.checked, source, shroud)
        var report = try report(sealed.checked, after: options.profile)
        report.sealedBy = sealer.name
        verifier.describe(source, wrote: true, in: &report)
        return VerifiedPFX(VerifiedPFX(bytes: sealed.bytes, report: report), export, notes)
    }

    private var witness: SignatureWitness {
        get throws { try SignatureWitness(among: verifiers + [sealer]) }
    }

    var shroudedVerifier: ShroudedVerifier {
        get throws { try ShroudedVerifier(options: options, sealer: sealer, verifiers: verifiers, witness: witness) }
    }
}

extension KeyOnToken {
    fileprivate func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
        try access.tokens.sign(message, with: digest, key: key.uri, module: access.module, login: access.login)
    }

    /// - Returns: with why no better way was taken, as sentences.
    func export(in ways: Set<TokenExportWay>, _ shroud: TokenShroud?, _ scheme: EncryptionScheme?) throws -> (
        OpenedPFX.Key.Content, TokenExportReport, notes: [String]
    ) {
        let export = try access.tokens.export(
            key.uri, module: access.module, login: access.login, ways: ways, shroud: shroud)
        let report = TokenExportReport(way: export.way, mechanism: export.mechanism, token: access.token.uri)
        switch (export.key, scheme) {
        case (.rsa(let rsa), _):
            return (.opened(rsa.privateKeyInfo()), report, export.notes)
        case (.shrouded(let ciphertext), let scheme?):
            return (.shrouded(scheme, ciphertext: ciphertext), report, export.notes)
        case (.shrouded, nil):
            throw TokenError(.tokenFailed, "the provider \(access.provider) shrouded a key without being asked to")
        }
    }
}

extension TokenShroud {
    init(_ scheme: EncryptionScheme, _ password: SecretBytes, _ crypto: any PKCS12Cryptography) throws {
        let (key, vector) = try scheme.keyAndVector(for: password, with: crypto)
        self.init(cipher: scheme.cipher, key: key, initializationVector: vector)
    }
}

extension VerifiedPFX {
    fileprivate init(_ pfx: VerifiedPFX, _ export: TokenExportReport, _ notes: [String]) {
        var report = pfx.report
        report.tokenExport = export
        report.notes += notes
        self.init(bytes: pfx.bytes, report: report)
    }
}
