/// Where `<Event …` or `</Event>` stands in a line.
struct EventTag {
    var isEnd: Bool
    var range: Range<Substring.Index>

    static func all(in line: Substring) -> [EventTag] {
        var tags: [EventTag] = []
        var rest = line.utf8
        while let open = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[open...]
            if rest.starts(with: end.utf8) {
                tags.append(EventTag(isEnd: true, range: open..<rest.index(open, offsetBy: end.utf8.count)))
            } else if rest.starts(with: start.utf8), isWhole(rest.dropFirst(start.utf8.count).first) {
                tags.append(EventTag(isEnd: false, range: open..<rest.index(open, offsetBy: start.utf8.count)))
            }
            rest = rest.dropFirst()
        }
        return tags
    }

    private static let start = "<Event"
    private static let end = "</Event>"

    /// What stands behind the name `Event`, nil for the line's end, is no letter of a longer one.
    private static func isWhole(_ next: UInt8?) -> Bool {
        switch next {
        case nil, UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ">"): true
        default: false
        }
    }
}
