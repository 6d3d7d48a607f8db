/// The candidate passwords of a file in all their encodings, the likeliest first.
struct PasswordCandidates: Sendable {
    /// One password in one encoding.
    struct Candidate: Equatable, Sendable {
        var password: EncodedPassword
        let passwordIndex: Int
        let encodingIndex: Int

        static func == (left: Candidate, right: Candidate) -> Bool {
            left.passwordIndex == right.passwordIndex && left.encodingIndex == right.encodingIndex
        }
    }

    enum Rank {
        /// The encoding of the standards.
        case standard
        /// What else files were made with.
        case fallback
    }

    /// The form of a password that a derivation takes.
    enum Form {
        case bmp
        case octets
    }

    static let ranks: [Rank] = [.standard, .fallback]

    var passwordCount: Int { standard.count }
    private let standard: [Candidate]
    private let triesOtherEncodings: Bool

    init(_ passwords: [SecretBytes], triesOtherEncodings: Bool) {
        standard = passwords.enumerated().map {
            Candidate(password: EncodedPassword($0.element), passwordIndex: $0.offset, encodingIndex: 0)
        }
        self.triesOtherEncodings = triesOtherEncodings
    }

    /// Few files need more than the standard ones, so that the others are made when they are asked for.
    private var all: [Candidate] {
        standard
            + (triesOtherEncodings ? standard : []).flatMap { candidate in
                EncodedPassword.fallbacks(candidate.password.octets).enumerated().map {
                    Candidate(
                        password: $0.element, passwordIndex: candidate.passwordIndex, encodingIndex: $0.offset + 1)
                }
            }
    }

    /// The candidates of a rank that differ in this form from each other and from those of the rank before.
    func distinct(_ form: Form, rank: Rank) -> [Candidate] {
        switch rank {
        case .standard: Self.distinct(standard, form)
        case .fallback: Self.distinct(all, form).filter { $0.encodingIndex > 0 }
        }
    }

    /// All candidates that differ in this form from each other and from this one: first others of its password, then the rest.
    func others(than first: Candidate?, _ form: Form) -> [Candidate] {
        guard let first else { return Self.distinct(all, form) }
        let others = all.filter { $0 != first }
        let ordered =
            [first] + others.filter { $0.passwordIndex == first.passwordIndex }
            + others.filter { $0.passwordIndex != first.passwordIndex }
        return Array(Self.distinct(ordered, form).dropFirst())
    }

    private static func distinct(_ candidates: [Candidate], _ form: Form) -> [Candidate] {
        candidates.reduce(into: []) { distinct, candidate in
            if !distinct.contains(where: { $0.password[form] == candidate.password[form] }) {
                distinct.append(candidate)
            }
        }
    }
}

extension EncodedPassword {
    subscript(form: PasswordCandidates.Form) -> SecretBytes {
        switch form {
        case .bmp: bmp
        case .octets: octets
        }
    }
}

extension MACScheme {
    var passwordForm: PasswordCandidates.Form {
        switch algorithm {
        case .pkcs12: .bmp
        case .pbmac1: .octets
        }
    }
}

extension EncryptionScheme {
    var passwordForm: PasswordCandidates.Form {
        switch derivation {
        case .pkcs12: .bmp
        case .pbkdf2: .octets
        }
    }

    /// How many keys ``derivations(_:)`` asks for.
    var derivationCount: Int {
        switch derivation {
        case .pkcs12: 2
        case .pbkdf2: 1
        }
    }
}
