import TestSupport
import Testing

@testable import Windows

@Suite struct EncodingTests {
    /// Against Python's codecs, which were made from the same tables by others.
    @Test(arguments: [(TextEncoding.oem850, "cp850"), (.windows1252, "cp1252")])
    func codePages(_ encoding: TextEncoding, codec: String) throws {
        let script = "import sys; sys.stdout.buffer.write(bytes(range(256)).decode('\(codec)', 'replace').encode())"
        let theirs = try ExternalTool.python3.check(["-c", script]).text
        let ours = try TextEncoding.decode(Array(0...255), as: encoding).text
        #expect(Array(ours.unicodeScalars) == Array(theirs.unicodeScalars))
    }

    @Test(arguments: [
        ("german-cp850.txt", TextEncoding.oem850), ("german-cp1252.txt", .windows1252), ("german-utf8.txt", .utf8),
        ("german-utf8-bom.txt", .utf8), ("german-utf16le.txt", .utf16LittleEndian),
        ("german-utf16be.txt", .utf16BigEndian), ("french-cp850.txt", .oem850), ("french-cp1252.txt", .windows1252),
    ])
    func toldByTheBytes(_ name: String, encoding: TextEncoding) throws {
        #expect(try TextEncoding.decode(Dumps.bytes(name)).encoding == encoding)
    }

    /// One word is enough, and capitals are told as well.
    @Test(arguments: ["Schlüssel", "clé", "ÜBERPRÜFUNG", "MÜNCHEN", "d\u{2019}été", "señor", "Château"])
    func shortTexts(_ word: String) throws {
        for (encoding, codec) in [(TextEncoding.oem850, "cp850"), (.windows1252, "cp1252")] {
            let script = "import sys; sys.stdout.buffer.write(sys.argv[1].encode('\(codec)', 'replace'))"
            let bytes = try ExternalTool.python3.check(["-c", script, word]).standardOutput
            let decoded = try TextEncoding.decode(bytes)
            #expect(decoded.encoding == encoding, "\(word) in \(codec) became \(decoded.text)")
        }
    }

    @Test func whatIsToldWins() throws {
        let bytes = Array("Schlüssel".utf8)
        #expect(try TextEncoding.decode(bytes, as: .windows1252).text == "SchlÃ¼ssel")
    }

    @Test func zeroBytesWithoutAMarkAreNoText() {
        let utf16 = Array("ab".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(throws: WindowsError.self) { try TextEncoding.decode(utf16) }
        #expect((try? TextEncoding.decode(utf16, as: .utf16LittleEndian).text) == "ab")
    }

    @Test(arguments: ["a\r\nb\r\n", "a\nb\n", "a\r\r\nb\r\r\n"])
    func linesEndAsTheyMay(_ text: String) {
        #expect(TextLine.all(of: text).map { "\($0.number)\($0.text)" } == ["1a", "2b", "3"])
    }

    /// A mark says more than an option for all files.
    @Test func aMarkIsBelieved() throws {
        let bytes = try Dumps.bytes("german-utf16le.txt")
        #expect(try TextEncoding.decode(bytes, as: .oem850).encoding == .utf16LittleEndian)
    }
}
