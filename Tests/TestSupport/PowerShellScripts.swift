import Foundation

/// What others say of PowerShell scripts: tree-sitter's grammar (pip install tree-sitter tree-sitter-powershell, which
/// scripts/test does), and a reading of their strings by PowerShell's own rules for quotes.
public enum PowerShellScripts {
    /// What the grammar finds wrong, one line each; empty where every script parses.
    public static func problems(in paths: [String]) throws -> String {
        try ExternalTool.python3.check(["-c", grammar] + paths).text
    }

    /// A script taken apart by its quotes and comments.
    public struct Reading: Decodable {
        /// The values of the strings in single quotes, those put together from parts as one.
        public let strings: [String]
        /// The script with each of these strings, and each comment, as a mark of its own.
        public let skeleton: String
    }

    /// One for each script, in order.
    public static func readings(_ paths: [String]) throws -> [Reading] {
        try JSONDecoder().decode(
            [Reading].self, from: Data(ExternalTool.python3.check(["-c", reader] + paths).standardOutput))
    }

    private static let grammar = #"""
        import sys, tree_sitter, tree_sitter_powershell
        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))

        def report(path, node):
            if node.type == "ERROR" or node.is_missing:
                print(f"{path}:{node.start_point[0] + 1}: {node.type}: {node.text[:80]!r}")
            for child in node.children:
                report(path, child)

        for path in sys.argv[1:]:
            data = open(path, "rb").read()
            if data[:3] != b"\xef\xbb\xbf":
                print(f"{path}: no byte order mark")
            if b"\n" in data.replace(b"\r\n", b"") or b"\r" in data.replace(b"\r\n", b""):
                print(f"{path}: lines that do not end as on Windows")
            tree = parser.parse(data[3:])
            report(path, tree.root_node)
            if not tree.root_node.children:
                print(f"{path}: nothing in it")
        """#

    /// PowerShell/PowerShell, CharTraits.cs: five characters are single quotes, four are double quotes; a doubled one
    /// inside a string is itself.
    private static let reader = #"""
        import json, re, sys
        single, double = "'\u2018\u2019\u201a\u201b", "\"\u201c\u201d\u201e"
        part = r"(?:<\d+>|\[char\]::ConvertFromUtf32\(\d+\))"

        def quoted(text, quotes, at):
            value = ""
            at += 1
            while True:
                if at >= len(text):
                    raise SystemExit("a string does not end")
                if text[at] in quotes:
                    if text[at + 1:at + 2] and text[at + 1] in quotes:
                        value += text[at + 1]
                        at += 2
                        continue
                    return value, at + 1
                if quotes is double and text[at] == "`":
                    at += 1
                value += text[at]
                at += 1

        def reading(path):
            text = open(path, encoding="utf-8-sig", newline="").read()
            strings, skeleton, at = [], "", 0
            while at < len(text):
                character = text[at]
                if text.startswith("<#", at):
                    at = text.index("#>", at) + 2
                    skeleton += "<comment>"
                elif character == "#" and (at == 0 or text[at - 1] in " \t\r\n(){};,"):
                    while at < len(text) and text[at] not in "\r\n":
                        at += 1
                    skeleton += "<comment>"
                elif character in single:
                    value, at = quoted(text, single, at)
                    skeleton += f"<{len(strings)}>"
                    strings.append(value)
                elif character in double:
                    start = at
                    _, at = quoted(text, double, at)
                    skeleton += text[start:at]
                else:
                    skeleton += character
                    at += 1
            joined = []

            def value(match):
                parts = re.findall(r"<(\d+)>|ConvertFromUtf32\((\d+)\)", match.group(0))
                joined.append("".join(strings[int(a)] if a else chr(int(b)) for a, b in parts))
                return "<string>"

            skeleton = re.sub(rf"\({part}(?: \+ {part})*\)|<\d+>", value, skeleton)
            return {"strings": joined, "skeleton": skeleton}

        json.dump([reading(path) for path in sys.argv[1:]], sys.stdout)
        """#
}
