import ArgumentParser

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Put keys and certificates on a PKCS#11 token.",
        subcommands: [TokenImportCommand.self])
}
