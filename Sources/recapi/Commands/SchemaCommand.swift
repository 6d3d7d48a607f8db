import ArgumentParser
import Pipeline

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of pipeline.json or of the manifest.")

    enum Document: String, ExpressibleByArgument, CaseIterable {
        case pipeline
        case manifest
    }

    @Argument(help: "pipeline or manifest.")
    var document: Document

    func run() throws {
        switch document {
        case .pipeline: Terminal.result(PipelineConfiguration.jsonSchema)
        case .manifest: Terminal.result(Manifest.jsonSchema)
        }
    }
}
