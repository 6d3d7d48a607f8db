import PKCS12
import Providers
import Reissue

/// Finds the keys of a configuration's token inputs.
///
/// What cannot be asked becomes a source with a problem, which fails by itself while the others go on.
struct TokenDiscovery {
    private let configuration: PipelineConfiguration
    private let provider: String
    private let tokens: any TokenProvider
    private var list = TokenSourceList()
    /// By the URI of the token: who stands before it, and the PIN with the place that named it.
    private var known: [String: (guarded: TokenGuard, pin: SecretBytes?, place: String)] = [:]
    private var authorities: [FilePath: AuthorityFolder] = [:]

    /// - Parameter passwords: fetches the PINs, all before any token is logged in to.
    /// - Throws: ``PipelineError`` `configurationInvalid`, `passwordUnavailable`, `interrupted`.
    static func sources(
        of configuration: PipelineConfiguration, _ provider: Provider, _ passwords: inout PasswordResolver
    ) throws -> TokenSourceList {
        guard let tokens = provider.tokens else { return TokenSourceList() }
        var discovery = TokenDiscovery(configuration, provider.name, tokens)
        var accesses: [(Int, PipelineConfiguration.TokenInput, TokenAccess, namesObject: Bool)] = []
        for (index, input) in configuration.inputs.enumerated() {
            guard let token = input.token, let (access, namesObject) = try discovery.access(to: token, index, &passwords)
            else { continue }
            accesses.append((index, token, access, namesObject))
        }
        for (index, token, access, namesObject) in accesses {
            try discovery.takeKeys(of: token, index, access, namesObject)
        }
        discovery.list.sort()
        return discovery.list
    }

    private init(_ configuration: PipelineConfiguration, _ provider: String, _ tokens: any TokenProvider) {
        self.configuration = configuration
        self.provider = provider
        self.tokens = tokens
    }

    // MARK: - Tokens and their PINs

    /// - Returns: nil, with the problem as a source, where there is not the one token that is meant.
    private mutating func access(
        to input: PipelineConfiguration.TokenInput, _ index: Int, _ passwords: inout PasswordResolver
    ) throws -> (TokenAccess, namesObject: Bool)? {
        let place = "inputs[\(index)]"
        let matches: TokenMatches
        do {
            matches = try tokens.tokens(matching: input.uri, module: input.module?.text)
        } catch let error as TokenError where error.code == .uriInvalid {
            throw PipelineError(.configurationInvalid, "\(place).token: \(error.reason)", hint: error.hint)
        } catch let error as any CodedError {
            return takeProblem(error, input, index)
        }
        guard let token = matches.tokens.first, matches.tokens.count == 1 else {
            return takeProblem(Self.notOneToken(matches.tokens), input, index)
        }
        let pin = try pin(for: token, input, matches.pinSource, at: place, &passwords)
        let guarded = known[token.uri]?.guarded ?? TokenGuard(provider, tokens)
        if let (_, other, otherPlace) = known[token.uri], other != pin {
            throw PipelineError(
                .configurationInvalid, "\(place): another PIN than \(otherPlace) has for the same token",
                hint: "a token locks itself after a few wrong PINs: give it one")
        }
        known[token.uri] = known[token.uri] ?? (guarded, pin, place)
        let access = TokenAccess(
            token, provider: provider, tokens: guarded, module: input.module?.text,
            login: TokenLogin(pin: pin, allowsFinalTry: configuration.allowsFinalTry))
        return (access, matches.namesObject)
    }

    /// - Returns: nil where the token asks for none, or at a device of its own.
    private func pin(
        for token: Token, _ input: PipelineConfiguration.TokenInput, _ pinSource: String?, at place: String,
        _ passwords: inout PasswordResolver
    ) throws(PipelineError) -> SecretBytes? {
        guard !token.flags.contains(.protectedAuthenticationPath) else { return nil }
        var pinPlace = "\(place).pin"
        var source = input.pin
        if source == nil, let pinSource {
            pinPlace = "\(place).token"
            do {
                source = try PasswordSource(pinSource: pinSource)
            } catch {
                throw PipelineError(error.code, "\(pinPlace): \(error.reason)", hint: error.hint)
            }
        }
        if let source {
            return try passwords.password(from: source, at: pinPlace, purpose: "PIN of the token \(token.label)")
        }
        guard !token.flags.contains(.loginRequired) else {
            throw PipelineError(
                .configurationInvalid, "\(pinPlace): missing: the token \(token.label) asks for a PIN",
                hint: "name its source, such as file:PATH, cred:NAME or prompt")
        }
        return nil
    }

    private static func notOneToken(_ tokens: [Token]) -> TokenError {
        guard !tokens.isEmpty else {
            return TokenError(.tokenNotFound, "no token matches the URI", hint: "recapi tokens lists those that are there")
        }
        return TokenError(
            .tokenAmbiguous, "the URI matches \(tokens.count) tokens",
            hint: "name one of them: \(tokens.map(\.uri).joined(separator: ", "))")
    }

    // MARK: - Keys

    private mutating func takeKeys(
        of input: PipelineConfiguration.TokenInput, _ index: Int, _ access: TokenAccess, _ namesObject: Bool
    ) throws {
        let authorities = try authorities(in: input.caCertificates, at: "inputs[\(index)].caCertificates")
        let contents: TokenContents
        do {
            contents = try access.tokens.contents(of: input.uri, module: access.module, login: access.login)
        } catch let error as any CodedError {
            takeProblem(error, input, index)
            return
        }
        if contents.keys.isEmpty, namesObject {
            takeProblem(TokenError(.keyNotFound, "no private key on the token matches the URI"), input, index)
        }
        let certificates = TokenCertificates(contents.certificates, authorities: authorities)
        list.inputs[index] = TokenSourceList.Input(access: access, certificates: certificates, ways: input.export)
        for key in contents.keys {
            var source = TokenSource(input: index, uri: key.uri, token: access.token.uri, key: key)
            do {
                _ = try list.keyOnToken(source, profile: configuration.profile)
            } catch let error as any CodedError {
                source.problem = error
            }
            list.sources.append(source)
        }
    }

    @discardableResult
    private mutating func takeProblem(
        _ problem: any CodedError, _ input: PipelineConfiguration.TokenInput, _ index: Int
    ) -> (TokenAccess, namesObject: Bool)? {
        list.sources.append(
            TokenSource(input: index, uri: TokenURI.withoutQuery(input.uri), problem: problem))
        return nil
    }

    private mutating func authorities(in folder: FilePath?, at place: String) throws(PipelineError) -> [[UInt8]] {
        guard let folder else { return [] }
        if let known = authorities[folder] { return known.certificates }
        do {
            let read = try AuthorityFolder(folder)
            authorities[folder] = read
            list.notes += read.notes
            return read.certificates
        } catch {
            throw PipelineError(.configurationInvalid, "\(place): \(error.reason)", hint: error.hint)
        }
    }
}
