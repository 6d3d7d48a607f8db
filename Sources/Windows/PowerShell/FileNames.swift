import Pipeline

/// Names of files and folders that every Windows takes, and no command line has to quote.
///
/// Source: learn.microsoft.com, "Naming Files, Paths, and Namespaces".
enum FileNames {
    /// A name for each of `wanted`, no two alike, whatever case they are in.
    ///
    /// Letters, digits, hyphens, underscores and dots are kept. Names that can stay as they are come first, so that
    /// another one that has to change cannot take theirs.
    ///
    /// - Parameter reserved: names that others have there, in lower case.
    static func assign(_ wanted: [String], extension: String? = nil, reserved: Set<String> = []) -> [String] {
        let suffix = `extension`.map { ".\($0)" } ?? ""
        let safe = wanted.map(self.safe)
        var names = [String?](repeating: nil, count: wanted.count)
        var taken = reserved
        let plainFirst =
            wanted.indices.filter { safe[$0] == wanted[$0] } + wanted.indices.filter { safe[$0] != wanted[$0] }
        for index in plainFirst {
            var name = safe[index]
            var number = 2
            while !taken.insert(name.lowercased()).inserted {
                name = "\(safe[index])-\(number)"
                number += 1
            }
            names[index] = name + suffix
        }
        return names.compactMap(\.self)
    }

    private static func safe(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            if isSafe(scalar) {
                text.unicodeScalars.append(scalar)
            } else if text.last != "-" {
                text += "-"
            }
        }
        // A leading hyphen would be an option, a leading dot a hidden file; Windows drops dots at the end.
        text = String(text.drop { $0 == "-" || $0 == "." }.prefix(64))
        while let last = text.last, last == "." || last == "-" { text.removeLast() }
        if text.isEmpty { return "unnamed" }
        return DeviceNames.contains(text) ? "_\(text)" : text
    }

    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
        default: false
        }
    }
}
