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

    let passwordCount: Int
    private let candidates: [Candidate]

    init(_ passwords: [SecretBytes], triesOtherEncodings: Bool) {
        passwordCount = passwords.count
        let standard = passwords.enumerated().map {
            Candidate(password: EncodedPassword($0.element), passwordIndex: $0.offset, encodingIndex: 0)
        }
        let fallbacks = (triesOtherEncodings ? passwords : []).enumerated().flatMap { index, password in
            EncodedPassword.fallbacks(password).enumerated().map {
                Candidate(password: $0.element, passwordIndex: index, encodingIndex: $0.offset + 1)
            }
        }
        candidates = standard + fallbacks
    }

    /// The candidates of a rank that differ in this form from each other and from those of the rank before.
    func distinct(_ form: Form, rank: Rank) -> [Candidate] {
        Self.distinct(candidates, form).filter { ($0.encodingIndex == 0) == (rank == .standard) }
    }

    /// All candidates that differ in this form: first this one, then others of its password, then the rest.
    func preferring(_ first: Candidate?, _ form: Form) -> [Candidate] {
        guard let first else { return Self.distinct(candidates, form) }
        let others = candidates.filter { $0 != first }
        return Self.distinct(
            [first] + others.filter { $0.passwordIndex == first.passwordIndex }
                + others.filter { $0.passwordIndex != first.passwordIndex }, form)
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
