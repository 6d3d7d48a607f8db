import PKCS12
import Providers
import Reissue

extension PipelineConfiguration {
    /// Reads a pipeline.json; relative paths in it are relative to its folder.
    ///
    /// - Throws: ``PipelineError`` `configurationUnreadable`, `configurationInvalid`.
    public static func read(from path: FilePath) throws(PipelineError) -> PipelineConfiguration {
        let path = FilePath.workingFolder().appending(path)
        return try ConfigurationFile.read(path) { text throws(PipelineError) in
            try PipelineConfiguration(json: text, relativeTo: path.folder)
        }
    }

    /// - Throws: ``PipelineError`` `configurationInvalid`, its reason naming every problem under its path.
    public init(json text: [UInt8], relativeTo folder: FilePath) throws(PipelineError) {
        let document = try JSONValue(parsing: text)
        let problems = ConfigurationObject.Problems(schema: "pipeline")
        let reader = ConfigurationReader(folder: folder, problems: problems)
        let configuration = reader.read(document)
        if problems.sentences.isEmpty { configuration?.check(into: problems) }
        guard let configuration, problems.sentences.isEmpty else { throw PipelineError(problems) }
        self = configuration
    }
}

/// A configuration as a file.
package enum ConfigurationFile {
    /// - Parameter parse: throws ``PipelineError``, to which the file's path is added.
    /// - Throws: ``PipelineError`` `configurationUnreadable`, and what `parse` throws.
    package static func read<Configuration>(
        _ path: FilePath, _ parse: ([UInt8]) throws(PipelineError) -> Configuration
    ) throws(PipelineError) -> Configuration {
        let text: [UInt8]
        do {
            text = try FileReader(byteLimit: 16 << 20).read(path).bytes
        } catch  where error.code == .storageUnavailable {
            throw error
        } catch {
            throw PipelineError(.configurationUnreadable, error.reason, hint: error.hint)
        }
        do {
            return try parse(text)
        } catch {
            throw PipelineError(error.code, "\(path): \(error.reason)", hint: error.hint)
        }
    }
}

extension PipelineError {
    package init(_ problems: ConfigurationObject.Problems) {
        self.init(
            .configurationInvalid, problems.sentences.joined(separator: "; "),
            hint: problems.hints.isEmpty ? nil : problems.hints.joined(separator: "; "))
    }
}

/// Turns a JSON document into a configuration as far as it can, noting what is wrong.
private struct ConfigurationReader {
    let folder: FilePath
    let problems: ConfigurationObject.Problems

    func read(_ document: JSONValue) -> PipelineConfiguration? {
        guard var top = ConfigurationObject(document, at: "", problems: problems) else { return nil }
        defer { top.finish() }
        top.readHead()
        for key in ["inputs", "output"] { top.require(key) }
        let inputs = (top.array("inputs") ?? []).compactMap { readInput($0.value, at: $0.path) }
        let namedProfile = readProfile(&top)
        // Any profile will do after a problem with the one that is named: it is only to read on.
        guard let profile = namedProfile ?? Profile.all.first else { return nil }
        let output = top.object("output").flatMap { readOutput($0) }
        var configuration = PipelineConfiguration(
            inputs: inputs, output: output ?? .init(directory: folder), profile: profile)
        configuration.providers = top.strings("providers")
        configuration.isolate = readIsolate(&top) ?? configuration.isolate
        configuration.distribute = top.choice("distribute") ?? configuration.distribute
        configuration.verify = top.choice("verify") ?? configuration.verify
        configuration.unchanged = top.choice("unchanged") ?? configuration.unchanged
        configuration.allowMissingMAC = top.bool("allowMissingMAC") ?? configuration.allowMissingMAC
        configuration.manifest = top.filePath("manifest", relativeTo: folder)
        configuration.jobs = top.integer("jobs", in: 1...PipelineConfiguration.largestJobs)
        configuration.jobsPerToken =
            top.integer("jobsPerToken", in: 1...PipelineConfiguration.largestJobs) ?? configuration.jobsPerToken
        configuration.limits = top.object("limits").map { readLimits($0) } ?? configuration.limits
        return configuration
    }

    private func readInput(_ value: JSONValue, at path: String) -> PipelineConfiguration.Input? {
        guard var object = ConfigurationObject(value, at: path, problems: problems) else { return nil }
        defer { object.finish() }
        object.require("site")
        let site = object.string("site")
        let match = object.strings("match")
        let recursive = object.bool("recursive")
        let isToken = object.has("token")
        let passwords = isToken ? [] : readPasswords(&object)
        let outputPassword = readPassword(&object, "outputPassword")
        let location = readLocation(&object)
        refuse(isToken ? ["password", "match", "recursive"] : Self.tokenKeys, in: &object, isToken)
        guard let site, let location else { return nil }
        var input = PipelineConfiguration.Input(
            site: site, location: location, passwords: passwords, outputPassword: outputPassword)
        input.match = match ?? input.match
        input.recursive = recursive ?? input.recursive
        return input
    }

    private func readLocation(_ object: inout ConfigurationObject) -> PipelineConfiguration.Location? {
        let given = ["path", "list", "token"].filter { object.has($0) }
        switch given {
        case ["path"]:
            return object.filePath("path", relativeTo: folder).map { .path($0) }
        case ["list"]:
            return object.filePath("list", relativeTo: folder).map { .list($0) }
        case ["token"]:
            return readToken(&object).map { .token($0) }
        case []:
            problems.add(object.path, "has none of path, list and token; give one of them")
        default:
            for key in given + Self.tokenKeys { _ = object.value(key) }
            problems.add(object.path, "has \(given.joined(separator: " and ")); give one of them")
        }
        return nil
    }

    private static let tokenKeys = ["pin", "module", "caCertificates", "export"]

    private func readToken(_ object: inout ConfigurationObject) -> PipelineConfiguration.TokenInput? {
        let uri = object.string("token")
        let pin = readPassword(&object, "pin")
        let module = object.filePath("module", relativeTo: folder)
        let caCertificates = object.filePath("caCertificates", relativeTo: folder)
        let export: [TokenExportWay]? = object.choices("export")
        guard let uri else { return nil }
        var token = PipelineConfiguration.TokenInput(uri: uri, pin: pin)
        token.module = module
        token.caCertificates = caCertificates
        token.export = export.map(Set.init) ?? token.export
        return token
    }

    /// Notes keys of inputs of the other kind.
    private func refuse(_ keys: [String], in object: inout ConfigurationObject, _ isToken: Bool) {
        for key in keys where object.value(key) != nil {
            problems.add(object.path(of: key), isToken ? "does not go with token" : "goes with token only")
        }
    }

    private func readOutput(_ object: ConfigurationObject) -> PipelineConfiguration.Output? {
        var object = object
        defer { object.finish() }
        object.require("directory")
        let directory = object.filePath("directory", relativeTo: folder)
        var output = PipelineConfiguration.Output(directory: directory ?? folder)
        if let pattern = object.string("name") {
            do {
                output.name = try OutputName(pattern)
            } catch {
                problems.add(object.path(of: "name"), error)
            }
        }
        output.password = readPassword(&object, "password")
        output.overwrite = object.choice("overwrite") ?? output.overwrite
        return output
    }

    private func readPasswords(_ object: inout ConfigurationObject) -> [PasswordSource] {
        object.require("password")
        let path = object.path(of: "password")
        switch object.value("password") {
        case .array(let values)?:
            if values.isEmpty { problems.add(path, "must not be empty", hint: "name the empty password as empty") }
            return values.enumerated().compactMap { readSource($1, at: "\(path)[\($0)]") }
        case let value?:
            return readSource(value, at: path).map { [$0] } ?? []
        case nil:
            return []
        }
    }

    private func readPassword(_ object: inout ConfigurationObject, _ key: String) -> PasswordSource? {
        let path = object.path(of: key)
        return object.value(key).flatMap { readSource($0, at: path) }
    }

    private func readSource(_ value: JSONValue, at path: String) -> PasswordSource? {
        guard let text = ConfigurationObject.string(value, at: path, problems) else { return nil }
        do {
            return try PasswordSource(text, relativeTo: folder)
        } catch {
            problems.add(path, error)
            return nil
        }
    }

    private func readProfile(_ top: inout ConfigurationObject) -> Profile? {
        switch top.value("profile") {
        case nil:
            return profile(named: "schannel", at: "profile")
        case .string(let name)?:
            return profile(named: name, at: "profile")
        case let value?:
            guard var object = ConfigurationObject(value, at: "profile", problems: problems) else { return nil }
            defer { object.finish() }
            object.require("name")
            let named = object.string("name").flatMap { profile(named: $0, at: "profile.name") }
            let keySpec: Profile.KeySpec? = object.choice("keySpec")
            let encryption: Profile.Encryption? = object.choice("encryption")
            let machineKeySet: Profile.MachineKeySet? = object.choice("machineKeySet")
            guard var profile = named else { return nil }
            profile.keySpec = keySpec ?? profile.keySpec
            profile.encryption = encryption ?? profile.encryption
            profile.machineKeySet = machineKeySet ?? profile.machineKeySet
            return profile
        }
    }

    private func profile(named name: String, at path: String) -> Profile? {
        if let profile = Profile.named(name) { return profile }
        problems.add(path, "expected \(Profile.all.map(\.name).joined(separator: ", "))")
        return nil
    }

    /// A list of names, or true or false for all or none.
    private func readIsolate(_ top: inout ConfigurationObject) -> PipelineConfiguration.Isolate? {
        switch top.value("isolate") {
        case nil: return nil
        case .bool(let all)?: return all ? .all : PipelineConfiguration.Isolate.none
        case .array?: return top.strings("isolate").map { .only($0) }
        case let value?:
            problems.add("isolate", "expected a list of providers, true or false, found \(value.kind)")
            return nil
        }
    }

    private func readLimits(_ object: ConfigurationObject) -> Limits {
        var object = object
        defer { object.finish() }
        var limits = Limits()
        limits.fileByteCount = object.integer("fileBytes", in: 1...(1 << 30)) ?? limits.fileByteCount
        limits.nesting = object.integer("nesting", in: 1...50) ?? limits.nesting
        limits.bags = object.integer("bags", in: 1...1_000_000) ?? limits.bags
        limits.iterations = object.integer("iterations", in: 1...Int(Int32.max)) ?? limits.iterations
        limits.totalIterations = object.integer("totalIterations", in: 1...(1 << 48)) ?? limits.totalIterations
        limits.saltByteCount = object.integer("saltBytes", in: 1...(1 << 20)) ?? limits.saltByteCount
        return limits
    }
}
