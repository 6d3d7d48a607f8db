import PKCS12
import Providers
import Reissue
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite struct StaffingTests {
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
        for name in ["a", "b", "c", "d"] { try workshop.write(name, to: "in/\(name).pfx") }
    }

    private let two = [fakeProvider("one"), fakeProvider("two")]

    private func items(
        _ providers: [Provider], _ change: (inout PipelineConfiguration) -> Void = { _ in }
    ) throws -> (items: [Manifest.Item], notes: [String]?) {
        var configuration = workshop.configuration
        change(&configuration)
        let manifest = try Manifest.read(from: try workshop.run(configuration, providers).manifest)
        return (manifest.items, manifest.notes)
    }

    @Test func providersTakeTurnsAndAnotherVerifies() throws {
        let (items, notes) = try items(two) { $0.distribute = .spread }
        #expect(items.map(\.sealedBy) == ["one", "two", "one", "two"])
        #expect(items.map(\.verifiedBy) == [["two"], ["one"], ["two"], ["one"]])
        #expect(notes == nil)
    }

    @Test func thePreferredProviderSeals() throws {
        let (items, _) = try items(two) {
            $0.distribute = .prefer
            $0.providers = ["two", "one"]
        }
        #expect(items.allSatisfy { $0.sealedBy == "two" && $0.verifiedBy == ["one"] })
    }

    @Test func whereNobodyIsPreferredTheReaderThatReportsMostVerifies() throws {
        let providers = [fakeProvider("one", reports: .all), fakeProvider("two", reports: [.localKeyID])]
        #expect(try items(providers).items.allSatisfy { $0.sealedBy == "two" && $0.verifiedBy == ["one"] })
        let named = try items(providers) {
            $0.providers = ["one", "two"]
            $0.output.directory = workshop.path("o")
        }
        #expect(named.items.allSatisfy { $0.sealedBy == "one" && $0.verifiedBy == ["two"] })
    }

    @Test func aSingleProviderVerifiesItselfAndThatIsSaidOnce() throws {
        let (items, notes) = try items([fakeProvider("one")])
        #expect(items.allSatisfy { $0.verifiedBy == ["one"] })
        #expect(notes?.count == 1)
        #expect(notes?.first?.hasPrefix("there is no second provider") == true)
    }

    @Test func allOrTheSameVerifyWhenAskedTo() throws {
        #expect(try items(two) { $0.verify = .all }.items[0].verifiedBy == ["one", "two"])
        #expect(
            try items(two) {
                $0.verify = .same
                $0.output.directory = workshop.path("o")
            }.items[0].verifiedBy == ["one"])
    }

    @Test func providersThatCannotDoTheirPartAreNamed() throws {
        #expect(code { try items([]) } == "providerUnfit")
        #expect(code { try items([fakeProvider("one", crypto: false)]) } == "providerUnfit")
        #expect(code { try items([fakeProvider("one", reader: false)]) } == "providerUnfit")
        #expect(code { try items(two) { $0.providers = ["three"] } } == "providerNotFound")
        let split = [fakeProvider("one", reader: false), fakeProvider("two", crypto: false)]
        #expect(code { try items(split) { $0.verify = .same } } == "providerUnfit")
        #expect(try items(split).items.allSatisfy { $0.sealedBy == "one" && $0.verifiedBy == ["two"] })
    }

    @Test func whatOneLibraryCannotDoAnotherIsAsked() throws {
        func run(_ code: PKCS12Error.Code, into directory: String) throws -> [Manifest.Item] {
            var configuration = workshop.configuration
            configuration.output.directory = workshop.path(directory)
            configuration.distribute = .spread
            let result = try PipelineRun.run(
                configuration, two, .init(name: "recapi", version: "0"), Cancellation(), nil
            ) { sealer, verifiers, _ in
                FakeReissuer(sealer: sealer.name, verifiers: verifiers.map(\.name)) { _ in
                    if sealer.name == "one" { throw PKCS12Error(code, "not with one") }
                }
            }
            return try Manifest.read(from: result.manifest).items
        }
        #expect(try run(.unsupportedAlgorithm, into: "a").map(\.sealedBy) == ["two", "two", "two", "two"])
        // A wrong password is wrong with every library.
        #expect(try run(.wrongPassword, into: "b").map(\.error?.code) == ["wrongPassword", nil, "wrongPassword", nil])
    }
}
