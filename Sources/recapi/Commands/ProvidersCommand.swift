import ArgumentParser
import PKCS12
import Providers
import Reissue

struct ProvidersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers", abstract: "List the providers: what each can do, and what is missing.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try ExitStatus.reporting {
            let entries = ProviderLoader().findings().map(Entry.init)
            if json {
                try JSONOutput.print(entries)
            } else {
                Terminal.result(Self.table(entries))
            }
            guard entries.contains(where: \.usable) else { throw ExitStatus.nothingDone }
        }
    }

    private static func table(_ entries: [Entry]) -> String {
        var lines = [
            TextTable(
                header: ["PROVIDER", "LIBRARY", "CRYPTO", "READER", "TOKENS", "STATUS"],
                rows: entries.map {
                    [
                        $0.name, $0.library ?? "-", $0.crypto ? "yes" : "-", $0.reader ? "yes" : "-",
                        $0.tokens ? "yes" : "-",
                        $0.usable ? "usable" : $0.error?.code ?? "-",
                    ]
                }
            ).text
        ]
        for entry in entries {
            if let error = entry.error {
                lines.append("\(entry.name): \(error.message)\(error.hint.map { "; \($0)" } ?? "")")
            }
            if let note = entry.note { lines.append("\(entry.name): \(note)") }
        }
        return lines.joined(separator: "\n")
    }

    private struct Entry: Encodable {
        var name: String
        var path: String?
        var library: String?
        var usable: Bool
        var crypto = false
        var reader = false
        var tokens = false
        var ciphers: [String] = []
        var digests: [String] = []
        var note: String?
        var error: Inspection.Refusal?

        init(_ finding: ProviderLoader.Finding) {
            name = finding.name
            path = finding.path
            switch finding.provider {
            case .success(let provider):
                usable = true
                library = provider.library
                crypto = provider.crypto != nil
                reader = provider.reader != nil
                tokens = provider.tokens != nil
                if let capabilities = provider.crypto?.capabilities {
                    ciphers = ContentCipher.allCases.filter(capabilities.ciphers.contains).map { "\($0)" }
                    digests = DigestAlgorithm.allCases.filter(capabilities.digests.contains).map { "\($0)" }
                    note = capabilities.note
                }
            case .failure(let failure):
                usable = false
                error = Inspection.Refusal(failure)
            }
        }
    }
}
