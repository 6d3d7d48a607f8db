import PKCS12
import Providers

/// One token with all that it takes to ask it.
public struct TokenAccess: Sendable {
    public var token: Token
    /// The name of the provider that speaks to it.
    public var provider: String
    public var tokens: any TokenProvider
    public var module: String?
    public var login: TokenLogin

    public init(
        _ token: Token, provider: String, tokens: any TokenProvider, module: String? = nil,
        login: TokenLogin = TokenLogin(pin: nil)
    ) {
        self.token = token
        self.provider = provider
        self.tokens = tokens
        self.module = module
        self.login = login
    }
}

/// How a private key left its token.
public struct TokenExportReport: Codable, Sendable, Equatable {
    public var way: TokenExportWay
    /// Such as `CKM_AES_KEY_WRAP_KWP`; nil where the key was read.
    public var mechanism: String?
    /// The token's URI.
    public var token: String

    public init(way: TokenExportWay, mechanism: String?, token: String) {
        self.way = way
        self.mechanism = mechanism
        self.token = token
    }
}
