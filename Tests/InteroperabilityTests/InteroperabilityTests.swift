import TestSupport
import Testing

/// Files of many makers under both providers: opened, converted and read back, or refused with the right code. The tables
/// of docs/interoperability.md are made here.
@Suite(.serialized) struct InteroperabilityTests {
    @Test func committedVectors() throws {
        let matrix = try Matrix(Specimen.vectors(), known: KnownDifference.vectors)
        try expectNoSurprise(matrix, .vectors)
        #expect(
            try Documentation.text(of: .vectors) == matrix.markdown,
            "docs/interoperability.md is out of date: run scripts/interoperability")
    }

    @Test func filesOfToday() throws {
        let workshop = try Workshop()
        try expectNoSurprise(Matrix(Specimen.fresh(in: workshop), known: KnownDifference.fresh), .fresh)
        try Documentation.update(.versions, Versions.lines().map { "- \($0)" }.joined(separator: "\n"))
    }

    @Test(.enabled(if: Corpus.entries != nil, "there is no corpus beside the package"))
    func filesOfOtherProjects() throws {
        let specimens = try Specimen.corpus(try #require(Corpus.entries))
        try expectNoSurprise(Matrix(specimens, known: KnownDifference.corpus), .corpus)
    }

    @Test func outputsAreReadByEveryTool() throws {
        let matrix = try OutputMatrix(source: Vectors.named("openssl-chain"))
        #expect(matrix.cells.count == OutputReader.allCases.count * 16)
        for cell in matrix.cells {
            let output = cell.output
            #expect(
                cell.failure == nil,
                "\(cell.reader.rawValue) on \(output.profile.name), \(output.profile.encryption), sealed by \(output.sealer)"
            )
        }
        try Documentation.update(.outputs, matrix.markdown)
    }

    /// The matrix sees what is wrong: a verdict that is not right, a reason that does not hold.
    @Test func surprisesShow() throws {
        let vector = try Specimen(Vectors.named("openssl-3des"))
        let wrong = Specimen(
            maker: "test", name: "wrong", bytes: vector.bytes, passwords: vector.passwords, verdict: "keyIsPSS",
            thumbprints: ["00"])
        let known = KnownDifference(
            [.ownReader, .converts], ["gnutls"], found: "convertible", ["wrong", vector.name], because: "of a test")
        let matrix = try Matrix([vector, wrong], known: [known])
        #expect(
            matrix.unexplained.map { "\($0.file) (\($0.column)): \($0.found)" } == [
                "wrong (thumbprints, openssl): another content", "wrong (converts, openssl): convertible",
                "wrong (thumbprints, gnutls): another content",
            ])
        #expect(
            matrix.outdated == [
                "wrong (own reader, gnutls)", "openssl-3des (own reader, gnutls)", "openssl-3des (converts, gnutls)",
            ])
        #expect(
            matrix.markdown.contains("| test | 1 | 1/1 | 1/1 | **0/1** [?] | **0/1** [?] | **0/1** [?] | **0/1** [1] |")
        )
    }

    private func expectNoSurprise(_ matrix: Matrix, _ part: Documentation.Part) throws {
        try #require(!matrix.answers.isEmpty)
        for surprise in matrix.unexplained {
            Issue.record(
                "\(surprise.maker): \(surprise.file): \(surprise.column): \(surprise.found) instead of \(surprise.expected)"
            )
        }
        #expect(matrix.outdated.isEmpty, "entries of KnownDifferences.swift that no longer apply")
        try Documentation.update(part, matrix.markdown)
    }
}
