import ArgumentParser
import Pipeline
import Windows

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of pipeline.json, of the manifest, or of a sites file.")

    enum Document: String, ExpressibleByArgument, CaseIterable {
        case pipeline
        case manifest
        case sites
    }

    @Argument(help: "pipeline, manifest or sites.")
    var document: Document

    func run() throws {
        switch document {
        case .pipeline: Terminal.result(PipelineConfiguration.jsonSchema)
        case .manifest: Terminal.result(Manifest.jsonSchema)
        case .sites: Terminal.result(SitesConfiguration.jsonSchema)
        }
    }
}
