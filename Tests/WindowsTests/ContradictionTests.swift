import Testing

@testable import Windows

/// Dumps that look as if all were well, and do not say so: names like facts, two certificates in one, other texts.
@Suite struct ContradictionTests {
    /// Friendly names that look like parts of a dump; the key's property behind them counts.
    @Test(arguments: [
        "name-like-a-footer.txt", "name-like-a-banner.txt", "name-of-lines-footer.txt", "name-of-lines-banner.txt",
        "name-of-lines-test.txt",
    ])
    func namesThatLookLikeParts(_ name: String) throws {
        let certificate = try Dumps.certificate(name)
        #expect(certificate.kind == .cng && certificate.thumbprint == Thumbprint.csp && certificate.keySpec == 0)
        #expect(Dumps.diagnosis([name]).hasWork)
    }

    @Test func aNameThatLooksLikeAKey() throws {
        let certificate = try #require(try Dumps.text("name-of-lines-provider.txt").dump.certificates.first)
        #expect(certificate.kind == .undetermined && certificate.provider == nil && certificate.keySpec == nil)
    }

    /// What certutil says behind the last property is not lost.
    @Test func aNameThatIsTheLastProperty() throws {
        #expect(try Dumps.certificate("name-last.txt").kind == .keyMissing)
    }

    @Test func verboseCSP() throws {
        let certificate = try Dumps.certificate("verbose-csp.txt")
        #expect(certificate.kind == .capi1 && certificate.keySpec == 1 && certificate.isKeyTested == true)
    }

    /// Nothing is taken from what contradicts itself, and the line is said.
    @Test(arguments: [
        ("test-without-end.txt", 5), ("two-hashes.txt", 6), ("polish.txt", 2), ("csp-with-type-0.txt", 11),
        ("no-key-and-a-provider.txt", 6),
    ])
    func undetermined(_ name: String, line: Int) throws {
        let dump = try Dumps.text(name).dump
        #expect(dump.certificates.map(\.kind) == [.undetermined])
        #expect(dump.remarks.map(\.line).contains(line), "\(dump.remarks)")
        #expect(Dumps.diagnosis([name]).hasWork)
    }

    @Test func twoHashesAreNone() throws {
        #expect(try Dumps.text("two-hashes.txt").dump.certificates.map(\.thumbprint) == [nil])
    }

    @Test(arguments: ["two-without-banners.txt", "two-files-utf16.txt"])
    func oneBehindTheOther(_ name: String) throws {
        let certificates = try Dumps.text(name).dump.certificates
        #expect(certificates.map(\.thumbprint) == [Thumbprint.csp, Thumbprint.ksp])
        #expect(certificates.map(\.kind) == [.capi1, .cng])
    }

    @Test func anEventBehindADump() throws {
        let text = try Dumps.text("csp-with-event-behind.txt")
        #expect(text.events.map(\.meaning) == [.notCAPI] && text.notUnderstood.isEmpty)
        #expect(text.dump.certificates.map(\.kind) == [.capi1])
        #expect(Dumps.diagnosis(["csp-with-event-behind.txt"]).hasWork)
    }

    @Test func proseBehindADump() throws {
        let dump = try Dumps.text("csp-with-prose-behind.txt").dump
        #expect(dump.certificates.map(\.kind) == [.capi1] && dump.remarks.map(\.line) == [10])
    }

    @Test func twoKeySpecsAreNone() throws {
        let dump = try Dumps.text("two-keyspecs.txt").dump
        #expect(dump.certificates.map(\.keySpec) == [nil] && dump.remarks.count == 1)
    }

    @Test func aContainerThatLooksLikeAKeySpec() throws {
        #expect(try Dumps.certificate("container-like-a-keyspec.txt").keySpec == nil)
    }

    @Test func aTestThatFailed() throws {
        #expect(try Dumps.certificate("test-failed.txt").isKeyTested == false)
    }
}
