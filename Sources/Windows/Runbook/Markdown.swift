import Reissue

/// Names in Markdown, where nothing in them means anything.
enum Markdown {
    /// As code, on one line.
    static func code(_ text: String) -> String {
        let line = text.printable
        var longest = 0
        var run = 0
        for character in line {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        // CommonMark §6.1: one blank at each end is not a part of it.
        let needsBlanks = line.isEmpty || line.hasPrefix("`") || line.hasSuffix("`") || line.hasPrefix(" ")
        return needsBlanks ? "\(fence) \(line) \(fence)" : fence + line + fence
    }
}
