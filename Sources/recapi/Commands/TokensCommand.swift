import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue

struct TokensCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract:
            "List PKCS#11 tokens and their keys: the URI to paste, the certificate, and whether the key can leave.",
        discussion: """
            Without --pin, nobody logs in, and only public objects are shown. With it, the URI has to name one token: a PIN \
            is tried once, on the token that it is for.
            """)

    @Argument(help: "A URI of RFC 7512, such as pkcs11:token=web.")
    var uri = "pkcs11:"

    @OptionGroup var options: TokenOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try ExitStatus.reporting {
            let providers = try Installed.providers(withholding: options.variables, withTokens: true)
            let crypto = try Installed.sealer(of: providers).crypto
            let finder = try TokenFinder(uri, at: "the URI", options, providers)
            defer { finder.closeSessions() }
            let matches = try finder.matches()
            let inventories = try logins(finder, matches).map { access, login in
                try TokenInventory(access, login: login, crypto: crypto)
            }
            if json {
                try JSONOutput.print(inventories)
            } else {
                Terminal.result(inventories.map(TokenText.text).joined(separator: "\n\n"))
            }
        }
    }

    private func logins(_ finder: TokenFinder, _ matches: TokenMatches) throws -> [(TokenAccess, TokenLogin?)] {
        guard options.pin != nil || matches.pinSource != nil else {
            guard !matches.tokens.isEmpty else { throw try noToken(matches) }
            return matches.tokens.map { token in
                let access = finder.access(to: token, pin: nil)
                return (access, token.flags.contains(.loginRequired) ? nil : access.login)
            }
        }
        let token = try matches.only(for: uri)
        let access = finder.access(to: token, pin: try finder.pin(for: token, matches))
        return [(access, access.login)]
    }

    private func noToken(_ matches: TokenMatches) throws -> TokenError {
        TokenError(
            .tokenNotFound, "no token matches the URI",
            hint: "p11-kit list-modules shows which modules are configured; --module names another")
    }
}
