import Testing

@Suite struct TokenDocumentationTests {
    @Test func theWalkThroughRunsAsWritten() throws {
        let walk = try Walkthrough.run("docs/tokens.md", section: "Try it with SoftHSM2")
        #expect(walk.commandCount > 15)
        #expect(walk.text.contains("can leave: wrapped"))
        #expect(walk.text.contains("1 item: 1 converted, 0 unchanged, 0 failed"))
        #expect(walk.text.contains("subject=CN = www.example"))
        #expect(walk.text.contains("token=spare;"))
    }
}
