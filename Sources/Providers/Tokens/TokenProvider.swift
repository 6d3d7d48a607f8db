import PKCS12

/// Keys and certificates on PKCS#11 tokens (OASIS PKCS #11 v3.0).
///
/// Every call stands by itself: it names module, token and object, and brings the PIN, because an isolated provider may
/// have been started again since the last one. A provider keeps sessions and logins between calls, so that one login
/// serves many; it logs out and closes them when it goes.
///
/// Calls throw ``TokenError``. Objects are addressed by URIs of RFC 7512.
public protocol TokenProvider: Sendable {
    /// The modules in which tokens that the URI matches would be looked for, so that each can be asked by itself, as `module` of the
    /// other calls: the one that the URI names, or those of p11-kit's configuration, of which none is initialized for this. Empty
    /// where the provider cannot tell.
    ///
    /// - Throws: `uriInvalid`, `moduleFailed`.
    func modules(for uri: String) throws -> [String]

    /// The tokens that a URI matches, in the order of their slots, without logging in to any.
    ///
    /// - Parameters:
    ///   - uri: a `pkcs11:` URI; attributes of objects in it do not matter here.
    ///   - module: the path of a PKCS#11 module, or its name in p11-kit's configuration; nil for all that that has.
    /// - Throws: `uriInvalid`, `moduleFailed`.
    func tokens(matching uri: String, module: String?) throws -> TokenMatches

    /// Logs in, and nothing else: so that what a PIN comes to is told from what other work comes to.
    ///
    /// - Throws: `tokenNotFound`, `tokenAmbiguous`, `tokenRemoved`, `pinRequired`, `wrongPIN`, `pinFinalTry`, `pinLocked`, `tokenFailed`.
    func logIn(to uri: String, module: String?, login: TokenLogin) throws

    /// The private keys and certificates on one token that a URI matches.
    ///
    /// - Parameters:
    ///   - uri: of one token, with or without attributes of objects; certificates are given whatever those say.
    ///   - login: nil to see only what is public.
    /// - Throws: `tokenNotFound`, `tokenAmbiguous`, and what a login throws.
    func contents(of uri: String, module: String?, login: TokenLogin?) throws -> TokenContents

    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) over `message`, made on the token.
    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8]

    /// Brings a private key out of the token by the first of `ways`, in the order of ``TokenExportWay/allCases``, that the
    /// token and the key's attributes allow.
    ///
    /// - Parameter shroud: what the key is encrypted with where that happens in the token; nil rules that way out.
    /// - Throws: `keyNotFound`, `keyAmbiguous`, `keyNotExportable` (its reason names the attribute or what is missing), and what a login
    ///   throws.
    func export(
        _ uri: String, module: String?, login: TokenLogin, ways: Set<TokenExportWay>, shroud: TokenShroud?
    ) throws -> TokenExport

    /// Opens a shrouded key inside the token, as a session object that is gone afterwards, and signs with what comes out:
    /// the proof that the ciphertext is the key, without its ever being in the clear outside the token.
    ///
    /// - Parameter uri: of the token.
    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, shrouded ciphertext: [UInt8], shroud: TokenShroud,
        on uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8]

    /// Puts a key, its certificate and the chain on a token, as token objects. The key and its own certificate have one CKA_ID (the
    /// SHA-1 of the public key's modulus, as most tools choose it, unless given) and one CKA_LABEL; certificates of the chain have no
    /// CKA_ID, and their common names as labels, so that nobody takes them for the key's. Those that are there already are left as they are. All are written, or none is left.
    ///
    /// - Throws: `objectExists` where an object of that CKA_ID or that label is there, and what a login throws.
    /// - Returns: the URIs of the key and of the leaf's certificate.
    func install(
        _ identity: TokenIdentity, on uri: String, module: String?, login: TokenLogin
    ) throws -> (key: String, certificate: String)

    /// Logs out of all tokens and closes all sessions that are kept; later calls open new ones.
    func closeSessions()
}

extension TokenProvider {
    public func modules(for uri: String) throws -> [String] { [] }

    public func logIn(to uri: String, module: String?, login: TokenLogin) throws {
        _ = try contents(of: uri, module: module, login: login)
    }

    public func closeSessions() {}
}

/// What a URI matched.
public struct TokenMatches: Sendable, Equatable {
    public var tokens: [Token]
    /// The value of `pin-source` in the URI (RFC 7512 §2.4), decoded, not read.
    public var pinSource: String?
    /// Whether the URI has attributes of objects: `object`, `id`, `type`.
    public var namesObject: Bool
    /// The value of `module-path` in the URI (RFC 7512 §2.4): unless another module is named, the one that all further calls for
    /// these tokens have to name, because a token's own URI does not say it.
    public var modulePath: String?
    /// What could not be asked, such as modules that failed: sentences, lower case, without a full stop.
    public var notes: [String]

    public init(
        tokens: [Token], pinSource: String? = nil, namesObject: Bool = false, modulePath: String? = nil,
        notes: [String] = []
    ) {
        self.tokens = tokens
        self.pinSource = pinSource
        self.namesObject = namesObject
        self.modulePath = modulePath
        self.notes = notes
    }
}

extension TokenMatches {
    /// The one token that there has to be; one that several modules show is one.
    ///
    /// - Throws: ``TokenError`` `tokenNotFound`, `tokenAmbiguous`.
    public func only(for uri: String) throws(TokenError) -> Token {
        guard let token = tokens.first else {
            guard notes.isEmpty else {
                throw TokenError(
                    .tokenNotFound, "no token matches \(uri), and \(notes.joined(separator: ", and "))",
                    hint: "see to that module, or name the token's own")
            }
            throw TokenError(
                .tokenNotFound, "no token matches \(uri)", hint: "recapi tokens lists those that there are")
        }
        guard tokens.allSatisfy({ $0.uri == token.uri }) else {
            let uris = tokens.map(\.uri).joined(separator: ", ")
            throw TokenError(.tokenAmbiguous, "several tokens match \(uri)", hint: "name one of \(uris)")
        }
        return token
    }
}

/// A token, as CK_TOKEN_INFO and its module tell.
public struct Token: Sendable, Equatable {
    /// Names this token alone: `pkcs11:model=…;manufacturer=…;serial=…;token=…`.
    public var uri: String
    public var label: String
    public var manufacturer: String
    public var model: String
    public var serialNumber: String
    /// The module's name in p11-kit's configuration, or its path.
    public var module: String
    public var flags: TokenFlags
    /// CK_TOKEN_INFO.ulMaxSessionCount; nil where there is no limit or the token does not say.
    public var largestSessionCount: Int?

    public init(
        uri: String, label: String, manufacturer: String, model: String, serialNumber: String, module: String,
        flags: TokenFlags, largestSessionCount: Int? = nil
    ) {
        self.uri = uri
        self.label = label
        self.manufacturer = manufacturer
        self.model = model
        self.serialNumber = serialNumber
        self.module = module
        self.flags = flags
        self.largestSessionCount = largestSessionCount
    }
}

/// Bits of CK_TOKEN_INFO.flags that matter here, with their values there.
public struct TokenFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// CKF_WRITE_PROTECTED
    public static let writeProtected = TokenFlags(rawValue: 0x2)
    /// CKF_LOGIN_REQUIRED
    public static let loginRequired = TokenFlags(rawValue: 0x4)
    /// CKF_PROTECTED_AUTHENTICATION_PATH: the PIN is entered at the token, and none is passed.
    public static let protectedAuthenticationPath = TokenFlags(rawValue: 0x100)
    /// CKF_TOKEN_INITIALIZED
    public static let initialized = TokenFlags(rawValue: 0x400)
    /// CKF_USER_PIN_COUNT_LOW: a wrong PIN was entered since the last right one.
    public static let pinCountLow = TokenFlags(rawValue: 0x1_0000)
    /// CKF_USER_PIN_FINAL_TRY: another wrong PIN locks the token.
    public static let pinFinalTry = TokenFlags(rawValue: 0x2_0000)
    /// CKF_USER_PIN_LOCKED
    public static let pinLocked = TokenFlags(rawValue: 0x4_0000)
}

/// How to log in as the normal user (CKU_USER).
public struct TokenLogin: Sendable {
    /// UTF-8; nil for a token with a protected authentication path.
    public var pin: SecretBytes?
    /// Log in although the token says that another wrong PIN locks it.
    public var allowsFinalTry: Bool

    public init(pin: SecretBytes?, allowsFinalTry: Bool = false) {
        self.pin = pin
        self.allowsFinalTry = allowsFinalTry
    }
}

/// Private keys and certificates of a token, in the token's order.
public struct TokenContents: Sendable, Equatable {
    public var token: Token
    public var keys: [TokenKey]
    public var certificates: [TokenCertificate]

    public init(token: Token, keys: [TokenKey] = [], certificates: [TokenCertificate] = []) {
        self.token = token
        self.keys = keys
        self.certificates = certificates
    }
}

/// A private key on a token.
public struct TokenKey: Sendable, Equatable {
    /// Names this key alone.
    public var uri: String
    /// CKA_LABEL
    public var label: String
    /// CKA_ID
    public var id: [UInt8]
    public var kind: Kind
    /// CKA_MODULUS, unsigned big-endian without leading zeros; empty where the key is not RSA.
    public var modulus: [UInt8]
    /// CKA_PUBLIC_EXPONENT of the private key or of its public key; empty where the token has neither.
    public var publicExponent: [UInt8]
    /// The ways in which ``TokenProvider/export(_:module:login:ways:shroud:)`` could bring it out, best first.
    public var ways: [TokenExportWay]
    /// Why there is none, as a sentence that names the attribute or the mechanism.
    public var obstacle: String?

    /// CKA_KEY_TYPE, by the name of its constant without CKK_, such as `RSA` or `EC`.
    public struct Kind: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let rsa = Kind(rawValue: "RSA")
    }

    public init(
        uri: String, label: String, id: [UInt8], kind: Kind, modulus: [UInt8] = [], publicExponent: [UInt8] = [],
        ways: [TokenExportWay] = [], obstacle: String? = nil
    ) {
        self.uri = uri
        self.label = label
        self.id = id
        self.kind = kind
        self.modulus = modulus
        self.publicExponent = publicExponent
        self.ways = ways
        self.obstacle = obstacle
    }
}

/// An X.509 certificate on a token.
public struct TokenCertificate: Sendable, Equatable {
    public var label: String
    public var id: [UInt8]
    /// CKA_VALUE, byte for byte.
    public var der: [UInt8]

    public init(label: String, id: [UInt8], der: [UInt8]) {
        self.label = label
        self.id = id
        self.der = der
    }
}

/// How a private key leaves a token; the best way first.
public enum TokenExportWay: String, Sendable, CaseIterable, Codable {
    /// C_WrapKey with the very key of the PKCS#12 shroud: never in the clear outside the token.
    case shrouded
    /// C_WrapKey under an AES key of this session, unwrapped in ``SecretBytes``.
    case wrapped
    /// C_GetAttributeValue of each number: the key is not sensitive.
    case read
}

/// The encryption of a PKCS#8 shrouded key bag, derived from the output's password.
public struct TokenShroud: Sendable {
    /// `tripleDESCBC` (CKM_DES3_CBC_PAD) or `aes256CBC` (CKM_AES_CBC_PAD).
    public var cipher: ContentCipher
    public var key: SecretBytes
    public var initializationVector: SecretBytes

    public init(cipher: ContentCipher, key: SecretBytes, initializationVector: SecretBytes) {
        self.cipher = cipher
        self.key = key
        self.initializationVector = initializationVector
    }
}

/// A private key that left a token.
public struct TokenExport: Sendable {
    public enum Key: Sendable {
        /// The ciphertext of a PKCS#8 PrivateKeyInfo under the shroud.
        case shrouded([UInt8])
        case rsa(RSAPrivateKey)
    }

    public var key: Key
    public var way: TokenExportWay
    /// The mechanism by the name of its constant, such as `CKM_DES3_CBC_PAD`; nil where the key was read.
    public var mechanism: String?
    /// Why better ways that looked open were not taken: sentences, lower case, without a full stop.
    public var notes: [String]

    public init(key: Key, way: TokenExportWay, mechanism: String?, notes: [String] = []) {
        self.key = key
        self.way = way
        self.mechanism = mechanism
        self.notes = notes
    }
}

/// What ``TokenProvider/install(_:on:module:login:)`` puts on a token.
public struct TokenIdentity: Sendable {
    public var key: RSAPrivateKey
    /// DER, the key's own first, then its chain.
    public var certificates: [[UInt8]]
    /// CKA_LABEL of the key and of its own certificate.
    public var label: String
    /// CKA_EXTRACTABLE of the key.
    public var isExtractable: Bool
    /// CKA_ID; nil for the SHA-1 of the modulus.
    public var id: [UInt8]?

    public init(
        key: RSAPrivateKey, certificates: [[UInt8]], label: String, isExtractable: Bool, id: [UInt8]? = nil
    ) {
        self.key = key
        self.certificates = certificates
        self.label = label
        self.isExtractable = isExtractable
        self.id = id
    }
}
