import FoundationEssentials

extension Manifest {
    /// Reads a manifest.
    ///
    /// - Throws: ``PipelineError`` `notFound`, `readFailed`, `manifestInvalid`.
    public static func read(from path: FilePath) throws(PipelineError) -> Manifest {
        try Manifest(text: text(at: path), from: path)
    }

    /// The bytes of a manifest, which a signature is over.
    ///
    /// - Throws: ``PipelineError`` `notFound`, `readFailed`.
    static func text(at path: FilePath) throws(PipelineError) -> [UInt8] {
        try FileReader(byteLimit: .max >> 1).read(FilePath.workingFolder().appending(path)).bytes
    }

    /// - Parameter path: for messages.
    /// - Throws: ``PipelineError`` `manifestInvalid`.
    init(text: [UInt8], from path: FilePath) throws(PipelineError) {
        do {
            let data = Data(text)
            let version = try JSONDecoder().decode(Version.self, from: data).schemaVersion
            guard version == Self.currentSchemaVersion else {
                throw PipelineError(
                    .manifestInvalid, "\(path) is a manifest of version \(version)",
                    hint: "this recapi reads version \(Self.currentSchemaVersion)")
            }
            self = try JSONDecoder().decode(Manifest.self, from: data)
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
        output.map {
            FilePath.workingFolder().appending(manifest).folder.appending(FilePath(shown: $0, encoded: outputBytes))
        }
    }

    /// Where the source was.
    public var sourcePath: FilePath { FilePath(shown: source, encoded: sourceBytes) }

    mutating func setOutput(_ path: FilePath, manifestFolder: FilePath) {
        let shown = path.relative(to: manifestFolder).map { FilePath($0) } ?? path
        output = shown.text
        outputBytes = shown.encodedWhenNotUTF8
    }
}

extension FilePath {
    /// A path as an item has it: its text, and its bytes where the text does not show them.
    init(shown text: String, encoded: String?) {
        self = encoded.map { FilePath(percentEncoded: $0) } ?? FilePath(text)
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
