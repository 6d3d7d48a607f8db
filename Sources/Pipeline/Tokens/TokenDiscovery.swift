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
    private var known: [String: (patient: PatientToken, pin: SecretBytes?, place: String)] = [:]
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
            guard let token = input.token,
                let (access, namesObject) = try discovery.access(to: token, index, &passwords)
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
        let token: Token
        do {
            matches = try tokens.tokens(matching: input.uri, module: input.module?.text)
            for note in matches.notes where !list.notes.contains(note) { list.notes.append(note) }
            token = try matches.only(for: TokenURI.withoutQuery(input.uri))
        } catch let error as TokenError where error.code == .uriInvalid {
            throw PipelineError(.configurationInvalid, "\(place).token: \(error.reason)", hint: error.hint)
        } catch let error as any CodedError {
            return takeProblem(error, input, index)
        }
        let pin = try TokenPIN.fetch(
            for: token, (input.pin, "\(place).pin"), pinSource: matches.pinSource, uriPlace: "\(place).token",
            &passwords)
        try TokenPIN.require(pin, for: token, at: "\(place).pin")
        let patient = known[token.uri]?.patient ?? PatientToken(provider, tokens)
        if let (_, other, otherPlace) = known[token.uri], other != pin {
            throw PipelineError(
                .configurationInvalid, "\(place): another PIN than \(otherPlace) has for the same token",
                hint: "a token locks itself after a few wrong PINs: give it one")
        }
        known[token.uri] = known[token.uri] ?? (patient, pin, place)
        let access = TokenAccess(
            token, provider: provider, tokens: patient, module: input.module?.text ?? matches.modulePath,
            login: TokenLogin(pin: pin, allowsFinalTry: configuration.allowsFinalTry))
        return (access, matches.namesObject)
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
                try contents.requireOne(key)
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
