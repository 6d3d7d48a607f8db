import FoundationEssentials

extension Manifest {
    /// Reads a manifest.
    ///
    /// - Throws: ``PipelineError`` `notFound`, `readFailed`, `manifestInvalid`.
    public static func read(from path: FilePath) throws(PipelineError) -> Manifest {
        let text = try FileReader(byteLimit: .max >> 1).read(FilePath.workingFolder().appending(path)).bytes
        do {
            let data = Data(text)
            let version = try JSONDecoder().decode(Version.self, from: data).schemaVersion
            guard version == currentSchemaVersion else {
                throw PipelineError(
                    .manifestInvalid, "\(path) is a manifest of version \(version)",
                    hint: "this recapi reads version \(currentSchemaVersion)")
            }
            return try JSONDecoder().decode(Manifest.self, from: data)
        } catch let error as PipelineError {
            throw error
        } catch {
            throw PipelineError(
                .manifestInvalid, "\(path) is not a manifest: \(JSONValue.explanation(of: error))",
                hint: "name the manifest.json that a run wrote")
        }
    }

    private struct Version: Decodable {
        var schemaVersion: Int
    }
}

extension Manifest.Item {
    /// Where the output is, for a manifest at `manifest`.
    public func outputPath(forManifestAt manifest: FilePath) -> FilePath? {
        Self.path(output, outputBytes).map { FilePath.workingFolder().appending(manifest).folder.appending($0) }
    }

    /// Where the source was.
    public var sourcePath: FilePath { Self.path(source, sourceBytes) ?? FilePath(source) }

    private static func path(_ text: String?, _ encoded: String?) -> FilePath? {
        if let encoded { return FilePath(percentEncoded: encoded) }
        return text.map { FilePath($0) }
    }

    mutating func setOutput(_ path: FilePath, manifestFolder: FilePath) {
        let shown = path.relative(to: manifestFolder).map { FilePath($0) } ?? path
        output = shown.text
        outputBytes = shown.encodedWhenNotUTF8
    }
}

/// The encoder of everything that is written as JSON, on one line.
package func makeJSONEncoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
}

/// Now, in ISO 8601, UTC, with milliseconds.
package func timestamp() -> String {
    Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}
