import ArgumentParser
import CHardening

@main
struct RecapiCommand: ParsableCommand {
    static func main() {
        Terminal.openClosedStreams()
        if recapi_harden_memory() != 0 { Terminal.note("core dumps cannot be forbidden here") }
        if let allocator = recapi_foreign_allocator() {
            Terminal.note(
                "memory comes from \(String(cString: allocator).printable), and may keep secrets once it is freed")
        }
        guard Descriptors.suffice else {
            Terminal.message("recapi: there are too few file descriptors to start with (ulimit -n)")
            exit(withError: ExitStatus.nothingDone)
        }
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            if CommandLine.arguments.dropFirst().first == StatusCommand._commandName,
                exitCode(for: error) == .validationFailure
            {
                // ExecCondition= takes every other code for an answer.
                Terminal.message(fullMessage(for: error))
                exit(withError: ExitStatus.cannotTell)
            }
            exit(withError: error)
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "recapi",
        abstract:
            "Makes certificates CAPI again: re-exports PFX files, and keys on tokens, so that Windows puts the keys under CAPI1.",
        discussion: """
            The thumbprint never changes; every output is opened by a library's own reader before it is written, and \
            recorded in a manifest.

            Exit codes: 0 all done; 1 nothing could be done; 3 some files failed, the others are done; 4 a \
            verification mismatch; 10 diagnose found something to do; 64 usage; 74 standard output, a report or the manifest's signature cannot be written; 75 try again: another run holds the output, or a share of run --shard was interrupted or met a token or file system that was gone; 78 configuration; 130, 143, 129 stopped by a signal (INT, TERM, HUP). status has its own.

            Passwords are never given by value, but by source: file:PATH, env:NAME, fd:N, cred:NAME (a systemd \
            credential), cmd:PROGRAM ARG… (the first line that it prints), prompt, empty.
            """,
        version: recapiVersion,
        subcommands: [
            RunCommand.self, MergeCommand.self, StatusCommand.self, ConvertCommand.self, InspectCommand.self,
            VerifyCommand.self, ReportCommand.self, DiagnoseCommand.self, RunbookCommand.self, ProvidersCommand.self,
            TokensCommand.self, TokenCommand.self, SampleCommand.self, SchemaCommand.self,
        ])
}
