extension PipelineConfiguration {
    static let largestJobs = 1_024
    private static let largestInputCount = 65_535

    /// Notes what cannot work, however the configuration was made.
    func check(into problems: ConfigurationObject.Problems) {
        if inputs.isEmpty { problems.add("inputs", "must not be empty") }
        if inputs.count > Self.largestInputCount {
            problems.add("inputs", "more than \(Self.largestInputCount) inputs", hint: "use a list or a pattern")
            return
        }
        var firstOfItsKind: [InputKey: Int] = [:]
        for (index, input) in inputs.enumerated() {
            input.check(at: "inputs[\(index)]", defaultOutputPassword: output.password, into: problems)
            let key = InputKey(site: input.site, location: input.location)
            if let first = firstOfItsKind[key] {
                problems.add(
                    "inputs[\(index)]",
                    "takes the same \(input.token == nil ? "files" : "keys") for the same site as inputs[\(first)]")
            }
            firstOfItsKind[key] = firstOfItsKind[key] ?? index
        }
        if output.password == .empty { problems.add("output.password", Self.noEmptyOutputPassword) }
        if let jobs, !(1...Self.largestJobs).contains(jobs) {
            problems.add("jobs", "must be from 1 to \(Self.largestJobs)")
        }
        if !(1...Self.largestJobs).contains(jobsPerToken) {
            problems.add("jobsPerToken", "must be from 1 to \(Self.largestJobs)")
        }
    }

    fileprivate static let noEmptyOutputPassword = "an output must not have the empty password"

    private struct InputKey: Hashable {
        var site: String
        var location: Location
    }
}

extension PipelineConfiguration.Input {
    fileprivate func check(
        at path: String, defaultOutputPassword: PasswordSource?, into problems: ConfigurationObject.Problems
    ) {
        if let reason = SiteName.problem(of: site) { problems.add("\(path).site", reason) }
        if let token {
            token.check(at: path, into: problems)
        } else if passwords.isEmpty {
            problems.add("\(path).password", "missing", hint: "name the empty password as empty")
        }
        if Set(passwords).count < passwords.count { problems.add("\(path).password", "names a source twice") }
        if match.isEmpty { problems.add("\(path).match", "must not be empty") }
        if outputPassword == .empty {
            problems.add("\(path).outputPassword", PipelineConfiguration.noEmptyOutputPassword)
        }
        if outputPassword == nil, defaultOutputPassword == nil {
            problems.add(
                "\(path).outputPassword", "missing", hint: "give output.password, or an outputPassword for each input")
        }
    }
}

/// What a site may be called.
package enum SiteName {
    /// A site names a folder of outputs, and stands in scripts for Windows.
    package static func problem(of site: String) -> String? {
        if site.isEmpty { return "must not be empty" }
        if site.hasPrefix(".") { return "must not start with a dot" }
        if site.contains("/") || site.contains("\\") { return "must not contain a slash" }
        if site.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "must not contain control characters"
        }
        if site.utf8.count > 200 { return "must not be longer than 200 bytes" }
        return nil
    }
}

extension PipelineConfiguration.TokenInput {
    fileprivate func check(at path: String, into problems: ConfigurationObject.Problems) {
        if let problem = TokenURI.problem(of: uri) { problems.add("\(path).token", problem) }
        if export.isEmpty { problems.add("\(path).export", "must not be empty") }
    }
}
