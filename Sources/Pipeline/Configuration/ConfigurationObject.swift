/// Takes the members of one JSON object, and notes what is wrong with them under their paths.
///
/// One document's objects share ``Problems``, so that a user sees every problem at once.
package struct ConfigurationObject {
    package final class Problems {
        /// The document's name for `recapi schema`.
        let schema: String
        package private(set) var sentences: [String] = []
        private(set) var hints: [String] = []

        package init(schema: String) {
            self.schema = schema
        }

        package func add(_ path: String, _ sentence: String, hint: String? = nil) {
            sentences.append(path.isEmpty ? sentence : "\(path): \(sentence)")
            if let hint, !hints.contains(hint) { hints.append(hint) }
        }

        package func add(_ path: String, _ error: PipelineError) { add(path, error.reason, hint: error.hint) }
    }

    package let path: String
    package let problems: Problems
    private var members: [String: JSONValue]
    private var known: Set<String> = []

    /// - Returns: nil, with the problem noted, where the value is not an object.
    package init?(_ value: JSONValue, at path: String, problems: Problems) {
        guard case .object(let members) = value else {
            problems.add(path, "expected an object, found \(value.kind)")
            return nil
        }
        self.path = path
        self.problems = problems
        self.members = members
    }

    package func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Notes that `key` is missing.
    package func require(_ key: String) {
        if members[key] == nil, !known.contains(key) { problems.add(path(of: key), "missing") }
    }

    package mutating func has(_ key: String) -> Bool { members[key] != nil }

    package mutating func value(_ key: String) -> JSONValue? {
        known.insert(key)
        return members[key]
    }

    package mutating func string(_ key: String) -> String? {
        guard let value = value(key) else { return nil }
        return Self.string(value, at: path(of: key), problems)
    }

    /// A path; relative ones are relative to `folder`.
    package mutating func filePath(_ key: String, relativeTo folder: FilePath) -> FilePath? {
        guard let text = string(key) else { return nil }
        guard !text.isEmpty, !text.utf8.contains(0) else {
            problems.add(path(of: key), "expected a path")
            return nil
        }
        return folder.appending(text)
    }

    package mutating func bool(_ key: String) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .bool(let bool) = value else {
            problems.add(path(of: key), "expected true or false, found \(value.kind)")
            return nil
        }
        return bool
    }

    package mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(key) else { return nil }
        guard case .integer(let integer) = value else {
            problems.add(path(of: key), "expected an integer, found \(value.kind)")
            return nil
        }
        guard range.contains(integer) else {
            let bound = integer < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
            problems.add(path(of: key), "must be \(bound)")
            return nil
        }
        return integer
    }

    package mutating func array(_ key: String) -> [(value: JSONValue, path: String)]? {
        guard let value = value(key) else { return nil }
        guard case .array(let values) = value else {
            problems.add(path(of: key), "expected an array, found \(value.kind)")
            return nil
        }
        return values.enumerated().map { ($1, "\(path(of: key))[\($0)]") }
    }

    /// An array of different, non-empty strings.
    package mutating func strings(_ key: String) -> [String]? {
        guard let values = array(key) else { return nil }
        if values.isEmpty { problems.add(path(of: key), "must not be empty") }
        var strings: [String] = []
        for (value, path) in values {
            guard let string = Self.string(value, at: path, problems) else { continue }
            if string.isEmpty || string.utf8.contains(0) { problems.add(path, "must not be empty") }
            if strings.contains(string) { problems.add(path, "is there twice") }
            strings.append(string)
        }
        return strings
    }

    package mutating func choice<Choice>(_ key: String) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        string(key).flatMap { choice($0, at: path(of: key)) }
    }

    /// An array of different choices, at least one.
    mutating func choices<Choice>(_ key: String) -> [Choice]?
    where Choice: RawRepresentable<String> & CaseIterable {
        strings(key)?.enumerated().compactMap { choice($1, at: "\(path(of: key))[\($0)]") }
    }

    private func choice<Choice>(_ text: String, at path: String) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        if let choice = Choice(rawValue: text) { return choice }
        problems.add(path, "expected \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    package mutating func object(_ key: String) -> ConfigurationObject? {
        value(key).flatMap { ConfigurationObject($0, at: path(of: key), problems: problems) }
    }

    /// Reads `$schema`, which is for editors, and `version`, which is 1.
    package mutating func readHead() {
        _ = string("$schema")
        require("version")
        if case .integer(let version)? = value("version"), version != 1 {
            problems.add("version", "version \(version) is not known here", hint: "use version 1, or a newer recapi")
        } else {
            _ = integer("version", in: 1...1)
        }
    }

    /// Notes the members that nobody asked for.
    package func finish() {
        for key in members.keys.sorted() where !known.contains(key) {
            problems.add(path(of: key), "unknown key", hint: "see recapi schema \(problems.schema)")
        }
    }

    package static func string(_ value: JSONValue, at path: String, _ problems: Problems) -> String? {
        guard case .string(let text) = value else {
            problems.add(path, "expected a string, found \(value.kind)")
            return nil
        }
        return text
    }
}
