import Testing

@testable import Windows

@Suite struct FileNamesTests {
    @Test(arguments: [
        ("berlin", "berlin"), ("Berlin 2", "Berlin-2"), ("../../etc", "etc"), ("a/b\\c", "a-b-c"), ("", "unnamed"),
        ("...", "unnamed"), ("x.", "x"), ("x ", "x"), ("x. .", "x"), ("CON", "_CON"), ("con", "_con"),
        ("nul.txt", "_nul.txt"), ("COM1", "_COM1"), ("lpt9.tar.gz", "_lpt9.tar.gz"), ("COM10", "COM10"),
        ("-rf", "rf"), ("a:b", "a-b"), ("a\u{202E}b", "a-b"), ("Köln", "K-ln"), ("日本", "unnamed"),
        ("a%PATH%b", "a-PATH-b"), ("a\"'`$(x)", "a-x"), ("a\n\r\0b", "a-b"),
    ])
    func safe(_ name: String, expected: String) {
        #expect(FileNames.assign([name]) == [expected])
    }

    @Test func noTwoAreAlike() {
        #expect(FileNames.assign(["a?", "a*", "A", "a-2", "a"]) == ["a-4", "a-5", "A", "a-2", "a-3"])
        let many = ["Köln", "K?ln", "K-ln", "k-ln", "K-ln-2", "", "...", "unnamed"]
        let names = FileNames.assign(many)
        #expect(Set(names.map { $0.lowercased() }).count == many.count && names[2] == "K-ln")
    }

    @Test func longOnesAreCutAndStayApart() {
        let names = FileNames.assign([String(repeating: "x", count: 300), String(repeating: "x", count: 299)])
        #expect(names[0].count <= 70 && names[0] != names[1])
    }

    @Test func extensions() {
        #expect(FileNames.assign(["a", "a?"], extension: "pfx") == ["a.pfx", "a-2.pfx"])
    }
}
