import PKCS12
import Providers
import TestSupport

@testable import Reissue

/// A question that the matrix asks of a file and a provider.
enum Question: String, CaseIterable, Sendable {
    /// Our decoder over the provider's cryptography opens it, or refuses it with the right code.
    case opens
    /// The certificates in it are the right ones.
    case thumbprints
    /// It is sealed by the provider, or refused with the right code.
    case converts
    /// The library's own reader finds the same in it.
    case ownReader = "own reader"
    /// The library's own reader finds in our output, sealed by the other provider, what was put in.
    case readsOther = "reads ours"
}

struct Column: Hashable, Sendable, CustomStringConvertible {
    let question: Question
    /// The name of a provider.
    let provider: String

    var description: String { "\(question.rawValue), \(provider)" }
}

/// One file under one question and provider.
struct Answer: Sendable {
    let maker: String
    let file: String
    let column: Column
    /// A word or a code.
    let expected: String
    let found: String

    var isAsExpected: Bool { expected == found }
}

/// One file under all questions and all providers.
struct Examination {
    static let opens = "opens"
    private static let same = "the same"
    private static let outputPassword = secret("output")

    let specimen: Specimen
    let providers: [Provider]

    func answers() throws -> [Answer] {
        try providers.flatMap { provider in
            let reissuer = try self.reissuer(provider)
            let opened = Result { try reissuer.open(source, passwords: specimen.passwords) }
            return [answer(.opens, provider, specimen.opening, code(opened) ?? Self.opens)]
                + contentAnswers(opened, reissuer, provider)
        }
    }

    private func contentAnswers(_ opened: Result<OpenedPFX, any Error>, _ reissuer: Reissuer, _ provider: Provider)
        -> [Answer]
    {
        guard specimen.opening == Self.opens else { return [] }
        var answers: [Answer] = []
        if let thumbprints = specimen.thumbprints {
            let found = opened.trying { try $0.certificates.map { try InstalledProviders.thumbprint($0.der) } }
            answers.append(answer(.thumbprints, provider, Self.same, word(found) { $0 == thumbprints }))
        }
        let sealed = opened.flatMap { opened in
            Result { try reissuer.seal(reissuer.check(opened), password: Self.outputPassword) }
        }
        answers.append(answer(.converts, provider, specimen.verdict, code(sealed) ?? Specimen.convertible))
        guard specimen.isConvertible else { return answers }

        for reader in providers where reader.name != provider.name {
            let verified = sealed.flatMap { sealed in
                Result {
                    try self.reissuer(provider, verifier: reader).verify(sealed, password: Self.outputPassword)
                }
            }
            answers.append(answer(.readsOther, reader, Self.same, code(verified) ?? Self.same))
        }
        // A library's reader takes one password.
        if specimen.passwords.count == 1 {
            answers.append(answer(.ownReader, provider, Self.same, ownReading(opened, provider)))
        }
        return answers
    }

    /// The maker's file as the library itself reads it, against the truth and our own reading, where there is one.
    private func ownReading(_ opened: Result<OpenedPFX, any Error>, _ provider: Provider) -> String {
        guard let reader = provider.reader else { return "no reader" }
        let report = Result { try reader.read(specimen.bytes[...], password: specimen.passwords[0]) }
        let thumbprints = report.trying { report in
            try report.certificates.map { try InstalledProviders.thumbprint($0.der) }.sorted()
        }
        let keys = try? opened.get().keys.compactMap(\.rsa)
        let hasSameKeys = keys == nil || keys == (try? report.get().keys.map(\.rsa))
        return word(thumbprints) { $0 == specimen.thumbprints?.sorted() && hasSameKeys }
    }

    // MARK: - Parts

    private var source: SourceFile { SourceFile(path: specimen.name, bytes: specimen.bytes) }

    private func reissuer(_ provider: Provider, verifier: Provider? = nil) throws -> Reissuer {
        try Reissuer(
            provider: provider, verifiers: [verifier ?? provider], options: Reissuer.Options(profile: .schannel))
    }

    private func answer(_ question: Question, _ provider: Provider, _ expected: String, _ found: String) -> Answer {
        Answer(
            maker: specimen.maker, file: specimen.name,
            column: Column(question: question, provider: provider.name), expected: expected, found: found)
    }

    private func code(_ result: Result<some Any, any Error>) -> String? {
        errorCode { try result.get() }
    }

    private func word<Value>(_ result: Result<Value, any Error>, isSame: (Value) -> Bool) -> String {
        switch result {
        case .success(let value): isSame(value) ? Self.same : "another content"
        case .failure: code(result) ?? "nothing"
        }
    }
}

extension Result where Failure == any Error {
    /// The value changed, or what that throws.
    fileprivate func trying<Value>(_ change: (Success) throws -> Value) -> Result<Value, any Error> {
        flatMap { value in Result<Value, any Error> { try change(value) } }
    }
}
