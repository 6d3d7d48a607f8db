import PKCS12
import Providers

extension Reissuer {
    /// Proves that `output` (an existing file) is a right output for the key.
    ///
    /// Where the token may shroud the key itself, the file stays closed, and the token shrouds the key once more, with the
    /// salt of the file: what comes out has to be the file's own ciphertext, byte for byte. That says all of what is in the
    /// shroud that could be said of a new output, whoever wrote the file. A file that is not so, or whose token does not
    /// shroud today, is opened where the key may leave in another way, and proved in full: the same certificates, the
    /// key by its public half, its KeySpec. It may lack a KeySpec where the token's own shroud would.
    ///
    /// - Throws: ``ReissueError`` `verificationMismatch` or any reading error when it is not; ``TokenError``.
    public func verify(_ output: SourceFile, of source: KeyOnToken, outputPassword: SecretBytes) throws
        -> ReissueReport
    {
        guard source.ways.contains(.shrouded) else {
            return try verifyOpened(output, of: source, password: outputPassword)
        }
        do {
            return try verifyClosed(output, of: source, password: outputPassword)
        } catch  where !(error is ProviderError) && source.ways != [.shrouded] {
            return try verifyOpened(output, of: source, password: outputPassword)
        }
    }

    private func verifyClosed(_ output: SourceFile, of source: KeyOnToken, password: SecretBytes) throws
        -> ReissueReport
    {
        var decoder = strictDecoder
        decoder.opensShroudedKeys = false
        let found = try done(output, try decoder.decode(output.bytes, passwords: [password]))
        guard case .shrouded(let scheme, let ciphertext) = try onlyKey(of: found, output) else {
            throw ReissueError(.verificationMismatch, "\(output.path) has its key in the clear")
        }
        let shroud = try TokenShroud(scheme, password, crypto)
        let (content, export, _) = try source.export(in: [.shrouded], shroud, scheme)
        guard case .shrouded(_, ciphertext) = content else {
            throw ReissueError(
                .verificationMismatch, "the shrouded key in \(output.path) is not what the token makes of the key")
        }
        let checked = try check(OpenedPFX(content, fromTokenWith: source.certificates))
        let verifier = try shroudedVerifier
        try verifier.verify(output.bytes, password: password, against: checked, source, shroud)
        var report = try report(checked, after: found)
        verifier.describe(source, wrote: false, in: &report)
        report.tokenExport = export
        return report
    }

    private func verifyOpened(_ output: SourceFile, of source: KeyOnToken, password: SecretBytes) throws
        -> ReissueReport
    {
        let allowsNoKeySpec = source.ways.contains(.shrouded)
        let found = try done(
            output, try strictDecoder.decode(output.bytes, passwords: [password]), allowsNoKeySpec: allowsNoKeySpec)
        guard case .numbers(let rsa) = try onlyKey(of: found, output) else {
            throw ReissueError(.verificationMismatch, "\(output.path) has a key that was not opened")
        }
        // The key as it would have come out of the token: then all else is compared with what is on that.
        let checked = try check(OpenedPFX(.opened(rsa.privateKeyInfo()), fromTokenWith: source.certificates))
        var report = try verify(
            output, found, against: checked, password: password, allowsNoKeySpec: allowsNoKeySpec)
        if report.identities.first?.after?.keySpec == .unspecified {
            report.notes.append("the key has no KeySpec, which Windows takes as AT_KEYEXCHANGE")
        }
        return report
    }

    private func onlyKey(of found: CAPI1PFX, _ output: SourceFile) throws(ReissueError) -> CAPI1PFX.Identity.Key {
        guard let identity = found.identities.first, found.identities.count == 1 else {
            throw ReissueError(.verificationMismatch, "\(output.path) has several keys")
        }
        return identity.key
    }
}
