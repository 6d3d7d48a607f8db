import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue

/// How to get at a token.
struct TokenOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The source of the token's PIN; without it, that of the URI's pin-source.", valueName: "source"))
    var pin: String?

    @Option(
        help: ArgumentHelp("A PKCS#11 module. (default: those that p11-kit is configured with)", valueName: "path"))
    var module: String?

    @Flag(help: "Log in although the token says that another wrong PIN locks it.")
    var allowFinalTry = false

    func validate() throws {
        if let module { try PathCheck.check([module], "--module") }
    }

    /// - Parameter option: the one that names it, for messages.
    func pinSource(option: String = "--pin") throws -> PasswordSource? {
        try pin.map { try PasswordOptions.source($0, option: option) }
    }

    /// Absolute, as the provider may have another working folder.
    var modulePath: FilePath? { module.map { FilePath.workingFolder().appending($0) } }

    /// The environment variable of the PIN, which no other process gets.
    var variables: Set<String> {
        Set([try? pinSource()].compactMap { $0?.environmentVariable })
    }
}

/// The provider of tokens, with the URI that a command was given.
struct TokenFinder {
    let options: TokenOptions
    let uri: String
    /// Where the URI was given.
    let place: String
    private let pinOption: String
    private let pinSource: PasswordSource?
    private let provider: Provider
    private let tokens: any TokenProvider

    init(_ uri: String, at place: String, pinOption: String = "--pin", _ options: TokenOptions, _ providers: [Provider])
        throws
    {
        if let problem = TokenURI.problem(of: uri) {
            throw ValidationError("\(place) \(problem).")
        }
        self.pinOption = pinOption
        pinSource = try options.pinSource(option: pinOption)
        guard let provider = providers.first(where: { $0.tokens != nil }), let tokens = provider.tokens else {
            throw PipelineError(
                .noProvider, "there is no provider for tokens",
                hint: "recapi providers says what pkcs11 misses and which package brings it")
        }
        self.provider = provider
        self.tokens = tokens
        self.uri = uri
        self.place = place
        self.options = options
    }

    func matches() throws -> TokenMatches {
        try tokens.tokens(matching: uri, module: options.modulePath?.text)
    }

    /// - Returns: nil where no PIN was named and the token does not have one entered by itself.
    func pin(for token: Token, _ matches: TokenMatches) throws -> SecretBytes? {
        var passwords = PasswordResolver(withholding: options.variables)
        return try TokenPIN.fetch(
            for: token, (pinSource, pinOption), pinSource: matches.pinSource, uriPlace: place, &passwords)
    }

    func closeSessions() { tokens.closeSessions() }

    func access(to token: Token, _ matches: TokenMatches, pin: SecretBytes?) -> TokenAccess {
        TokenAccess(
            token, provider: provider.name, tokens: tokens, module: options.modulePath?.text ?? matches.modulePath,
            login: TokenLogin(pin: pin, allowsFinalTry: options.allowFinalTry))
    }
}
