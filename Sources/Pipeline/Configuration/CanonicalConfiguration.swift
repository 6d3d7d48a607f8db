import FoundationEssentials
import PKCS12
import Providers
import Reissue

extension PipelineConfiguration {
    /// The configuration with relative paths made absolute.
    var absolute: PipelineConfiguration {
        let here = FilePath.workingFolder()
        var copy = self
        copy.inputs = inputs.map { input in
            var input = input
            switch input.location {
            case .path(let path): input.location = .path(here.appending(path))
            case .list(let path): input.location = .list(here.appending(path))
            case .token(var token):
                token.module = token.module.map { here.appending($0) }
                token.caCertificates = token.caCertificates.map { here.appending($0) }
                input.location = .token(token)
            }
            return input
        }
        copy.output.directory = here.appending(output.directory)
        copy.manifest = manifest.map { here.appending($0) }
        return copy
    }

    /// The configuration as a pipeline.json with all defaults said and keys sorted. It names sources of passwords,
    /// and holds no password.
    func canonicalJSON() throws -> [UInt8] {
        var members: [String: JSONValue] = [
            "version": .integer(1),
            "inputs": .array(inputs.map(\.json)),
            "output": output.json,
            "distribute": .string(distribute.rawValue),
            "verify": .string(verify.rawValue),
            "profile": profile.json,
            "unchanged": .string(unchanged.rawValue),
            "allowMissingMAC": .bool(allowMissingMAC),
            "manifest": .string(manifestPath.text),
            "limits": limits.json,
        ]
        members["providers"] = providers.map { .array($0.map { .string($0) }) }
        members["isolate"] = isolate.json
        members["jobs"] = jobs.map { .integer($0) }
        members["jobsPerToken"] = namesTokens ? .integer(jobsPerToken) : nil
        return Array(try makeJSONEncoder().encode(JSONValue.object(members)))
    }

    /// A digest of what runs do, for whom to tell whether they were given the same: all of ``canonicalJSON()`` but how many
    /// items are worked on at a time, which each machine may say for itself.
    func digest(_ digester: Digester) throws -> String {
        var copy = self
        copy.jobs = nil
        copy.jobsPerToken = 1
        return try digester.sha256(try copy.canonicalJSON())
    }
}

extension Profile {
    var json: JSONValue {
        .object([
            "name": .string(name), "keySpec": .string(keySpec.rawValue), "encryption": .string(encryption.rawValue),
            "machineKeySet": .string(machineKeySet.rawValue),
        ])
    }
}

extension Limits {
    var json: JSONValue {
        .object([
            "fileBytes": .integer(fileByteCount), "nesting": .integer(nesting), "bags": .integer(bags),
            "iterations": .integer(iterations), "totalIterations": .integer(totalIterations),
            "saltBytes": .integer(saltByteCount),
        ])
    }
}

extension PipelineConfiguration.Input {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = ["site": .string(site)]
        switch location {
        case .path(let path): members["path"] = .string(path.text)
        case .list(let path): members["list"] = .string(path.text)
        case .token(let token):
            members["token"] = .string(token.uri)
            members["pin"] = token.pin.map { .string($0.description) }
            members["module"] = token.module.map { .string($0.text) }
            members["caCertificates"] = token.caCertificates.map { .string($0.text) }
            members["export"] = .array(
                TokenExportWay.allCases.filter(token.export.contains).map { .string($0.rawValue) })
        }
        if token == nil {
            members["match"] = .array(match.map { .string($0) })
            members["recursive"] = .bool(recursive)
            members["password"] = .array(passwords.map { .string($0.description) })
        }
        members["outputPassword"] = outputPassword.map { .string($0.description) }
        return .object(members)
    }
}

extension PipelineConfiguration.Isolate {
    fileprivate var json: JSONValue? {
        switch self {
        case .byDefault: nil
        case .all: .bool(true)
        case .none: .bool(false)
        case .only(let names): .array(names.map { .string($0) })
        }
    }
}

extension PipelineConfiguration.Output {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "directory": .string(directory.text), "name": .string(name.pattern),
            "overwrite": .string(overwrite.rawValue),
        ]
        members["password"] = password.map { .string($0.description) }
        return .object(members)
    }
}

extension JSONValue: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }
}

func randomIdentifier() -> String { UUID().uuidString.lowercased() }
