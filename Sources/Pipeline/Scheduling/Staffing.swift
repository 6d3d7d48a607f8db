import PKCS12
import Providers
import Reissue

/// What is asked of a ``Reissuer``; tests put something else in its place.
protocol Reissuing: Sendable {
    func reissue(_ jobs: [Reissuer.Job]) -> [Result<Reissuer.Outcome, any Error>]
    func verify(_ output: SourceFile, of source: SourceFile, passwords: [SecretBytes], outputPassword: SecretBytes)
        throws
        -> Reissuer.ReissueReport
    func reissue(_ source: KeyOnToken, outputPassword: SecretBytes) throws -> VerifiedPFX
    func verify(_ output: SourceFile, of source: KeyOnToken, outputPassword: SecretBytes) throws
        -> Reissuer.ReissueReport
}

extension Reissuer: Reissuing {}

/// Which providers a run uses, for what.
struct Staffing: Sendable {
    /// In the order of preference.
    let providers: [Provider]
    /// One for each provider that can seal, with its verifiers, in the order of preference. Where nobody has named any,
    /// those come first whose verifiers see the most of an output by themselves.
    let teams: [Team]
    /// Speaks to the tokens of a run that has any; has `tokens`.
    let tokens: Provider?
    /// What the user should know about the choice.
    let notes: [String]
    private let verification: PipelineConfiguration.Verification
    private let areNamed: Bool

    typealias Team = (sealer: Provider, verifiers: [Provider])

    /// - Throws: ``ProviderError`` `notFound`; ``PipelineError`` `providerUnfit`.
    init(_ configuration: PipelineConfiguration, _ available: [Provider]) throws {
        let providers = try Self.choose(configuration.providers, from: available)
        try Self.check(configuration.isolate, available, providers)
        let tokens = configuration.namesTokens ? try Self.tokenProvider(providers, available) : nil
        try self.init(providers, areNamed: configuration.providers != nil, tokens, configuration.verify)
    }

    /// All that a run may use.
    var everybody: [Provider] {
        providers + [tokens].compactMap(\.self).filter { provider in !providers.contains { $0.name == provider.name } }
    }

    /// The same with some providers relieved of some duties.
    ///
    /// - Throws: ``PipelineError`` `providerUnfit` where the rest cannot do the work.
    func without(_ duties: Set<Roster.Duty>) throws -> Staffing {
        let left = providers.map { provider in
            var provider = provider
            if duties.contains(.init(provider: provider.name, kind: .sealing)) { provider.crypto = nil }
            if duties.contains(.init(provider: provider.name, kind: .verifying)) { provider.reader = nil }
            return provider
        }
        return try Staffing(left, areNamed: areNamed, tokens, verification)
    }

    private init(
        _ providers: [Provider], areNamed: Bool, _ tokens: Provider?,
        _ verification: PipelineConfiguration.Verification
    ) throws {
        let sealers = providers.filter { $0.crypto != nil }
        guard !sealers.isEmpty else {
            throw PipelineError(
                .providerUnfit, "none of the providers at hand can encrypt",
                hint: "see recapi providers for what is missing")
        }
        let readers = providers.filter { $0.reader != nil }
        guard !readers.isEmpty else {
            throw PipelineError(
                .providerUnfit, "none of the providers at hand can read a PFX to verify it",
                hint: "see recapi providers for what is missing")
        }
        var notes: [String] = []
        let teams = try sealers.map { ($0, try Self.verifiers(for: $0, verification, readers, &notes)) as Team }
        self.teams = areNamed ? teams : Self.thoseWhoSeeMostFirst(teams)
        self.providers = providers
        self.tokens = tokens
        self.notes = notes
        self.verification = verification
        self.areNamed = areNamed
    }

    /// What the readers of a team do not report, our own has to look at, which proves less and costs more.
    private static func thoseWhoSeeMostFirst(_ teams: [Team]) -> [Team] {
        let ranked = teams.enumerated().map { position, team in
            let seen = team.verifiers.reduce(into: ReaderFields()) { $0.formUnion($1.reader?.reports ?? []) }
            return (team: team, unseen: -seen.rawValue.nonzeroBitCount, position: position)
        }
        return ranked.sorted { ($0.unseen, $0.position) < ($1.unseen, $1.position) }.map(\.team)
    }

    /// A provider of tokens need not be among the chosen ones, which are there for the cryptography.
    private static func tokenProvider(_ chosen: [Provider], _ available: [Provider]) throws(PipelineError) -> Provider {
        if let provider = (chosen + available).first(where: { $0.tokens != nil }) {
            guard chosen.contains(where: { $0.crypto?.verifiesSignatures == true }) else {
                throw PipelineError(
                    .providerUnfit, "none of the providers can verify the signatures that prove keys on tokens",
                    hint: "use openssl or gnutls as well")
            }
            return provider
        }
        throw PipelineError(
            .providerUnfit, "there is no provider for tokens, and inputs name one",
            hint: "recapi providers says what pkcs11 misses and which package brings it")
    }

    private static func choose(_ names: [String]?, from available: [Provider]) throws -> [Provider] {
        guard let names else { return available }
        return try names.enumerated().map { try provider($1, at: "providers[\($0)]", in: available) }
    }

    private static func provider(
        _ name: String, at place: String, in available: [Provider]
    ) throws(ProviderError) -> Provider {
        if let provider = available.first(where: { $0.name == name }) { return provider }
        let found = available.map(\.name).joined(separator: ", ")
        throw ProviderError(
            .notFound, "\(place): there is no provider \(name)",
            hint: found.isEmpty ? "see recapi providers for what is missing" : "there are: \(found)")
    }

    /// Providers come loaded: whoever loaded them has to have asked the configuration where.
    private static func check(
        _ isolate: PipelineConfiguration.Isolate, _ available: [Provider], _ chosen: [Provider]
    ) throws {
        if case .only(let names) = isolate {
            for (index, name) in names.enumerated() {
                _ = try provider(name, at: "isolate[\(index)]", in: available)
            }
        }
        for provider in chosen where isolate.contains(provider.name) && !provider.isIsolated {
            throw PipelineError(
                .providerUnfit, "the provider \(provider.name) is not in a process of its own, as isolate asks for")
        }
    }

    private static func verifiers(
        for sealer: Provider, _ verification: PipelineConfiguration.Verification, _ readers: [Provider],
        _ notes: inout [String]
    ) throws(PipelineError) -> [Provider] {
        switch verification {
        case .all:
            return readers
        case .another:
            if let other = readers.first(where: { $0.name != sealer.name }) { return [other] }
            notes.append(
                "there is no second provider that reads PFX files: outputs sealed by \(sealer.name) were verified by "
                    + "\(sealer.name) as well, with its library's own reader")
            return readers
        case .same:
            guard sealer.reader != nil else {
                throw PipelineError(
                    .providerUnfit, "the provider \(sealer.name) cannot verify what it sealed",
                    hint: "set verify to another")
            }
            return [sealer]
        }
    }
}
