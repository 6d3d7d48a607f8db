import Foundation
import Testing

@testable import Pipeline

@Suite struct LayoutTests {
    @Test func jsonIsLaidOutWithoutBeingChanged() throws {
        let json = #"{"a":[],"b":{},"c":[1,[2,{"d":"x,{}[]:\"\\"}]],"e":null}"#
        let lines = String(decoding: JSONLayout.lines(Array(json.utf8)), as: UTF8.self)
        #expect(
            lines == """
                {
                  "a": [],
                  "b": {},
                  "c": [
                    1,
                    [
                      2,
                      {
                        "d": "x,{}[]:\\"\\\\"
                      }
                    ]
                  ],
                  "e": null
                }
                """)
        #expect(try JSONValue(parsing: Array(lines.utf8)) == JSONValue(parsing: Array(json.utf8)))
    }

    @Test(
        arguments: [
            (#"{"a":1,"b":{"a":1}}"#, nil), (#"{"a":1,"a":2}"#, "a"), (#"{"x":[{},{"b":1,"c":[],"b":2}]}"#, "x[1].b"),
            (#"{ "a\"" : [1, "]}", {"q": "\\"}] , "a\"" : 1 }"#, #"a\""#), (#"[]"#, nil),
        ] as [(String, String?)])
    func repeatedKeysAreFound(json: String, expected: String?) {
        #expect(JSONKeys.firstDuplicate(in: Array(json.utf8)) == expected)
    }

    @Test func pathsJoinAndCompareByBytes() {
        #expect(FilePath("/a//b/./c").folder == "/a//b/.")
        #expect(FilePath("/a").appending("b//./c/") == "/a/b/c")
        #expect(FilePath("/a").appending("/b") == "/b")
        #expect(FilePath("/a/b").relative(to: "/a").map { FilePath($0) } == "b")
        #expect(FilePath("/ab/c").relative(to: "/a") == nil)
        #expect(FilePath("/a/../b/c").withoutParentReferences == "/b/c")
        #expect(FilePath("/a").folder == "/")
        #expect(FilePath("a").folder == ".")
    }

    @Test func manifestsOfOtherVersionsAreRefused() throws {
        let workshop = try Workshop()
        let newer = try workshop.write(#"{"schemaVersion": 2}"#, to: "newer.json")
        #expect(code { try Manifest.read(from: newer) } == "manifestInvalid")
        let other = try workshop.write(#"{"a": 1}"#, to: "other.json")
        #expect(code { try Manifest.read(from: other) } == "manifestInvalid")
        #expect(code { try Manifest.read(from: workshop.path("none")) } == "notFound")
    }
}
