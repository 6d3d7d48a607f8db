import ArgumentParser
import PKCS12
import Pipeline

/// Where the passwords of files come from.
struct PasswordOptions: ParsableArguments {
    @Option(
        name: .customLong("password"),
        help: ArgumentHelp(
            "A source of a password: file:PATH, env:NAME, fd:N, cred:NAME, cmd:PROGRAM ARG…, prompt or empty. "
                + "Give one option for each candidate.", valueName: "source"))
    var sources: [String] = []

    /// - Throws: ``PipelineError`` `configurationInvalid`.
    func parsed(_ fallback: PasswordSource) throws -> [PasswordSource] {
        guard !sources.isEmpty else { return [fallback] }
        var seen: Set<PasswordSource> = []
        return try sources.map { try PasswordOptions.source($0, option: "--password") }.filter {
            seen.insert($0).inserted
        }
    }

    /// The environment variables that hold passwords, which no other process gets.
    var variables: Set<String> {
        Set(((try? parsed(.prompt)) ?? []).compactMap(\.environmentVariable))
    }

    static func source(_ text: String, option: String) throws -> PasswordSource {
        do {
            return try PasswordSource(text, relativeTo: .workingFolder())
        } catch {
            throw PipelineError(error.code, "\(option): \(error.reason)", hint: error.hint)
        }
    }

    /// The candidates themselves.
    ///
    /// - Parameter purpose: what a person is asked for.
    func resolved(_ fallback: PasswordSource, purpose: String) throws -> [SecretBytes] {
        var resolver = PasswordResolver(withholding: variables)
        return try parsed(fallback).map {
            try resolver.password(from: $0, at: "--password", purpose: purpose)
        }
    }
}
