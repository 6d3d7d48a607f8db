import PKCS12
import Providers
import Reissue
import TestSupport
import Testing

@testable import Pipeline

/// A provider that fails time after time is dropped; one that only meets bad files is not.
@Suite struct RosterTests {
    private let twoNames = ["one", "two"]

    private func roster(_ names: [String], spreads: Bool = true) throws -> Roster {
        try Roster(spreads: spreads) { relieved in
            let sealers = names.filter { !relieved.contains(.init(provider: $0, kind: .sealing)) }
            let verifiers = names.filter { !relieved.contains(.init(provider: $0, kind: .verifying)) }
            guard !sealers.isEmpty, !verifiers.isEmpty else { throw PipelineError(.providerUnfit, "nobody is left") }
            let teams = sealers.map { name in
                Roster.Team(
                    sealer: name, verifiers: [verifiers.first { $0 != name } ?? verifiers[0]],
                    reissuer: FakeReissuer(sealer: name))
            }
            return (teams, [])
        }
    }

    private func fail(_ roster: Roster, _ times: Int, _ error: any Error, anotherCould: Bool = false) {
        for _ in 0..<times {
            guard let team = roster.teams(for: 0).first(where: { $0.sealer == "one" }) else { return }
            roster.failed(team, error, anotherCould: anotherCould)
        }
    }

    private func sealers(_ roster: Roster) -> [String] { roster.teams(for: 0).map(\.sealer) }

    @Test func teamsTakeTurnsOrStandIn() throws {
        let turns = try roster(twoNames)
        #expect(
            (0..<3).map { turns.teams(for: $0).map(\.sealer) } == [["one", "two"], ["two", "one"], ["one", "two"]])
        let preferred = try roster(twoNames, spreads: false)
        #expect((0..<3).map { preferred.teams(for: $0).map(\.sealer) } == Array(repeating: twoNames, count: 3))
    }

    @Test func aCrashingProviderIsDroppedWithANote() throws {
        let roster = try roster(twoNames)
        fail(roster, Roster.patience - 1, ProviderError(.crashed, "it died"))
        #expect(sealers(roster) == twoNames && roster.notes.isEmpty)
        fail(roster, 1, ProviderError(.crashed, "it died"))
        #expect(sealers(roster) == ["two"])
        #expect(roster.notes == ["the provider one was dropped from sealing after it failed 5 times in a row: it died"])
    }

    @Test func aVerifierIsBlamedForItsOwnFailure() throws {
        let roster = try roster(twoNames)
        fail(roster, Roster.patience, ReissueError(.verificationFailed, "two cannot read it", provider: "two"))
        #expect(sealers(roster) == twoNames)
        #expect(roster.teams(for: 0).map(\.verifiers) == [["one"], ["one"]])
    }

    @Test func aSuccessStartsTheCountAnew() throws {
        let roster = try roster(twoNames)
        for _ in 0..<3 {
            fail(roster, Roster.patience - 1, ProviderError(.crashed, "it died"))
            roster.succeeded(try #require(roster.teams(for: 0).first { $0.sealer == "one" }))
        }
        #expect(sealers(roster) == twoNames)
    }

    @Test func theLastProviderIsNeverDropped() throws {
        let roster = try roster(["one"])
        fail(roster, 3 * Roster.patience, ProviderError(.crashed, "it died"))
        #expect(sealers(roster) == ["one"] && roster.notes.isEmpty)
    }

    @Test(arguments: [PKCS12Error.Code.wrongPassword, .truncated, .malformed, .unsupportedAlgorithm])
    func badFilesAreNobodysFault(_ code: PKCS12Error.Code) throws {
        let roster = try roster(twoNames)
        fail(roster, 3 * Roster.patience, PKCS12Error(code, "a bad file"))
        #expect(sealers(roster) == twoNames)
    }

    @Test func whatAnotherCouldDoCounts() throws {
        let roster = try roster(twoNames)
        fail(roster, Roster.patience, PKCS12Error(.unsupportedAlgorithm, "no 3DES here"), anotherCould: true)
        #expect(sealers(roster) == ["two"])
    }

    @Test func anotherTeamDoesWhatOneVerifierCannotRead() throws {
        let workshop = try Workshop()
        for index in 0..<4 { try workshop.write("\(index)", to: "in/\(index).pfx") }
        let result = try PipelineRun.run(
            workshop.configuration, [fakeProvider("one"), fakeProvider("two")], .init(name: "recapi", version: "test"),
            Cancellation(), nil
        ) { sealer, verifiers, _ in
            FakeReissuer(sealer: sealer.name, verifiers: verifiers.map(\.name)) { _ in
                if verifiers[0].name == "two" { throw ReissueError(.verifierUnfit, "too many bags for two") }
            }
        }
        #expect(result.summary.converted == 4)
        #expect(try Manifest.read(from: result.manifest).items.allSatisfy { $0.verifiedBy == ["one"] })
    }

    /// An output that is there is right only where nobody who can read it says no, whoever is asked first.
    @Test(arguments: [
        (ReissueError.Code.verificationMismatch, Manifest.Status.failed), (.verificationFailed, .failed),
        (.verifierUnfit, .unchanged),
    ])
    func oneTeamsNoIsNotOutvoted(_ code: ReissueError.Code, _ status: Manifest.Status) throws {
        let workshop = try Workshop()
        for index in 0..<4 {
            try workshop.write("\(index)", to: "in/\(index).pfx")
            try workshop.write("\(index) converted", to: "out/site/\(index).pfx")
        }
        var configuration = workshop.configuration
        configuration.distribute = .prefer
        let result = try PipelineRun.run(
            configuration, [fakeProvider("one"), fakeProvider("two")], .init(name: "recapi", version: "test"),
            Cancellation(), nil
        ) { sealer, verifiers, _ in
            var reissuer = FakeReissuer(sealer: sealer.name, verifiers: verifiers.map(\.name))
            reissuer.refuseOutput = { _ in
                if verifiers[0].name == "two" { throw ReissueError(code, "two does not take it") }
            }
            return reissuer
        }
        let items = try Manifest.read(from: result.manifest).items
        #expect(items.allSatisfy { $0.status == status })
        #expect(items.allSatisfy { $0.error?.code == (status == .failed ? "outputExists" : nil) })
    }

    @Test func aRunGoesOnWithoutTheProviderThatFailsOnEverything() throws {
        let workshop = try Workshop()
        for index in 10..<40 { try workshop.write("\(index)", to: "in/\(index).pfx") }
        var configuration = workshop.configuration
        configuration.jobs = 1
        configuration.distribute = .spread
        let result = try PipelineRun.run(
            configuration, [fakeProvider("one"), fakeProvider("two")], .init(name: "recapi", version: "test"),
            Cancellation(), nil
        ) { sealer, verifiers, _ in
            FakeReissuer(sealer: sealer.name, verifiers: verifiers.map(\.name)) { _ in
                if sealer.name == "one" { throw ProviderError(.crashed, "it died") }
            }
        }
        // Every other file went to the provider that dies, until it had died often enough; those that it had been given
        // by then went to the other.
        #expect(result.summary.failed == Roster.patience - 1)
        #expect(result.summary.converted == 30 - result.summary.failed)
        #expect(result.notes.contains { $0.contains("the provider one was dropped from sealing") })
    }
}
