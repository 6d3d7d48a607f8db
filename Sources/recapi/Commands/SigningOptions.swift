import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue
import Signatures

/// Who signs the manifest of a run.
struct SigningOptions: ParsableArguments {
    @Option(
        name: .customLong("sign"),
        help: ArgumentHelp(
            "Sign the manifest, as MANIFEST.p7s, with the key of a PFX file or of a token: a path, or a URI of RFC 7512.",
            valueName: "path-or-uri"))
    var signer: String?

    @Option(
        help: ArgumentHelp(
            "The source of that PFX file's password, or of the token's PIN; without it, the terminal is asked, or the URI's "
                + "pin-source.", valueName: "source"))
    var signPassword: String?

    @Option(
        help: ArgumentHelp(
            "The PKCS#11 module of the signer's token. (default: those that p11-kit is configured with)",
            valueName: "path"))
    var signModule: String?

    func validate() throws {
        try PathCheck.check([signer, signModule].compactMap(\.self), "--sign and --sign-module")
        guard signer != nil || signPassword == nil && signModule == nil else {
            throw ValidationError("--sign-password and --sign-module go with --sign.")
        }
    }

    /// The environment variable of the password, which no other process gets.
    var variables: Set<String> {
        Set([try? passwordSource()].compactMap { $0?.environmentVariable })
    }

    /// Opens the key, and has it sign something, so that what is wrong with it shows before the run.
    ///
    /// - Parameters:
    ///   - providers: those of the run.
    ///   - variables: environment variables that no other process gets.
    /// - Returns: nil where nobody signs.
    func manifestSigner(_ providers: [Provider], withholding variables: Set<String>) throws -> ManifestSigner? {
        guard let name = signer else { return nil }
        let signer =
            try name.hasPrefix("pkcs11:")
            ? onToken(name, providers, variables) : inFile(FilePath(name), providers, variables)
        let crypto = try Installed.signatureVerifier(of: providers)
        _ = try naming(name) { try DetachedSignature.make(over: [], by: signer, at: 0, crypto: crypto) }
        return ManifestSigner(signer: signer, crypto: crypto)
    }

    /// Does what shows whether somebody can sign, as far as no person has to be asked for it.
    ///
    /// - Throws: as ``manifestSigner(_:withholding:)``.
    func check(_ providers: [Provider], withholding variables: Set<String>) throws {
        guard let signer else { return }
        if signer.hasPrefix("pkcs11:") ? signPassword == "prompt" : try passwordSource() ?? .prompt == .prompt {
            if !signer.hasPrefix("pkcs11:") { _ = try naming(signer) { try PFXOpener.read(FilePath(signer)) } }
        } else {
            _ = try manifestSigner(providers, withholding: variables)
        }
    }

    /// Says of errors that they are the signer's: nothing else that a run opens is named on its command line.
    private func naming<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
        func named(_ error: some CodedError) -> String { "--sign: \(name): \(error.reason)" }
        do {
            return try body()
        } catch let error as SignatureError {
            throw SignatureError(error.code, named(error), hint: error.hint)
        } catch let error as PKCS12Error {
            throw PKCS12Error(error.code, named(error), hint: error.hint)
        } catch let error as TokenError {
            throw TokenError(error.code, named(error), hint: error.hint)
        } catch let error as ReissueError {
            throw ReissueError(error.code, named(error), hint: error.hint)
        } catch let error as PipelineError {
            throw PipelineError(error.code, named(error), hint: error.hint)
        }
    }

    private func passwordSource() throws -> PasswordSource? {
        try signPassword.map { try PasswordOptions.source($0, option: "--sign-password") }
    }

    private func inFile(_ path: FilePath, _ providers: [Provider], _ variables: Set<String>) throws -> Signer {
        var passwords = PasswordResolver(withholding: variables)
        let password = try passwords.password(
            from: passwordSource() ?? .prompt, at: "--sign-password", purpose: "password of the signer's PFX file")
        let provider = try Installed.sealer(of: providers).provider
        return try naming(path.text) {
            try Signer(pfx: PFXOpener.read(path), password: password, provider: provider)
        }
    }

    private func onToken(_ uri: String, _ providers: [Provider], _ variables: Set<String>) throws -> Signer {
        var options = TokenOptions()
        (options.pin, options.module, options.allowFinalTry) = (signPassword, signModule, false)
        let hasTokens = providers.contains { $0.tokens != nil }
        let providers =
            hasTokens ? providers : try Installed.providers(withholding: variables, withTokens: true)
        let finder = try TokenFinder(uri, at: "--sign", pinOption: "--sign-password", options, providers)
        // A query may name where a PIN is.
        let name = TokenURI.withoutQuery(uri)
        let matches = try naming(name) { try finder.matches() }
        let token = try naming(name) { try matches.only(for: name) }
        let pin = try finder.pin(for: token, matches)
        try TokenPIN.require(pin, for: token, at: "--sign-password")
        return try naming(name) { try Signer(key: uri, on: finder.access(to: token, matches, pin: pin)) }
    }
}

/// A signer whose key has been tried.
struct ManifestSigner {
    let signer: Signer
    let crypto: any CryptoProvider

    /// - Returns: whether it could be signed; that it could not was said.
    func signs(_ manifest: FilePath) -> Bool {
        do {
            let path = try ManifestSignature.write(forManifestAt: manifest, by: signer, crypto: crypto)
            Terminal.message("signature: \(path.text.printable), by \(signer.certificate.subject.printable)")
            return true
        } catch {
            Terminal.error(whatever: error)
            return false
        }
    }
}
