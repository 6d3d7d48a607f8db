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
            is tried once, on the token that it is for. A token on which the PIN is entered itself asks for it where it is \
            the only one that a URI names. Exits with 3 where some of the tokens could not be asked, and with 1 where none could.
            """)

    private static let anyToken = "pkcs11:"

    @Argument(help: "A URI of RFC 7512, such as pkcs11:token=web.")
    var uri = Self.anyToken

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
            for note in matches.notes { Terminal.message("recapi: note: \(note.printable)") }
            let inventories = try logins(finder, matches).map { access, login in
                do {
                    return try TokenInventory(access, login: login, crypto: crypto)
                } catch {
                    return TokenInventory(access.token, error: error)
                }
            }
            if json {
                try JSONOutput.print(inventories)
            } else {
                Terminal.result(inventories.map(TokenText.text).joined(separator: "\n\n"))
            }
            let failures = inventories.count { $0.error != nil }
            guard failures > 0 else { return }
            throw failures < inventories.count ? ExitStatus.someFailed : ExitStatus.nothingDone
        }
    }

    private func logins(_ finder: TokenFinder, _ matches: TokenMatches) throws -> [(TokenAccess, TokenLogin?)] {
        guard options.pin != nil || matches.pinSource != nil else {
            guard !matches.tokens.isEmpty else { throw try noToken(matches) }
            // Nobody is asked at a token that was not named.
            let isNamed = uri != Self.anyToken && (try? matches.only(for: uri)) != nil
            return matches.tokens.map { token in
                let access = finder.access(to: token, matches, pin: nil)
                let needsPIN = token.flags.contains(.loginRequired)
                let isAsked = isNamed && token.flags.contains(.protectedAuthenticationPath)
                return (access, needsPIN && !isAsked ? nil : access.login)
            }
        }
        let token = try matches.only(for: uri)
        let access = finder.access(to: token, matches, pin: try finder.pin(for: token, matches))
        return [(access, access.login)]
    }

    private func noToken(_ matches: TokenMatches) throws -> TokenError {
        TokenError(
            .tokenNotFound, "no token matches the URI",
            hint: "p11-kit list-modules shows which modules are configured; --module names another")
    }
}
