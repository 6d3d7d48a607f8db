import ArgumentParser
import Pipeline
import Providers
import Reissue

struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert PFX files, folders of them, and keys on tokens: `run`, configured by options.",
        discussion: """
            Each output has the name of its source, below --out, with manifest.json beside them. Sources are never \
            changed. For example:

              recapi convert old/ --out new --password file:pw.txt --output-password prompt
            """)

    @Argument(help: "PFX files, and folders to search for *.pfx and *.p12.")
    var paths: [String] = []

    @Option(name: .customLong("out"), help: ArgumentHelp("Where outputs and the manifest go.", valueName: "folder"))
    var directory: String

    @OptionGroup var passwords: PasswordOptions

    @Option(
        name: .customLong("token"),
        help: ArgumentHelp("A token, or keys on it, by a URI of RFC 7512 (recapi tokens).", valueName: "uri"))
    var tokens: [String] = []

    @OptionGroup var tokenOptions: TokenOptions

    @Option(
        name: .customLong("export"),
        help: ArgumentHelp(
            "A way out of tokens that is allowed: shrouded, wrapped or read. Can be repeated. (default: all)",
            valueName: "way"))
    var ways: [TokenExportWay] = []

    @Option(
        help: ArgumentHelp("A folder of CA certificates for the chains of keys on tokens.", valueName: "folder"))
    var caCertificates: String?

    @Option(
        help: ArgumentHelp(
            "The source of the outputs' password; without it, the terminal is asked.", valueName: "source"))
    var outputPassword: String?

    @Option(help: ArgumentHelp("\(Profile.all.map(\.name).joined(separator: ", ")).", valueName: "name"))
    var profile = Profile.schannel.name

    @Option(help: "The KeySpec of the keys: exchange or signature.")
    var keySpec: Profile.KeySpec?

    @Option(help: "3des-sha1, which every Windows reads, or aes256-sha256, for Windows 10 and Server 1709 and later.")
    var encryption: Profile.Encryption?

    @Option(help: "The mark for the machine's key set: keep, set or clear.")
    var machineKeySet: Profile.MachineKeySet?

    @Option(help: "Files to work on at once. (default: one for each processor)")
    var jobs: Int?

    @Option(name: .customLong("provider"), help: "A provider to use, in order of preference. (default: all there are)")
    var providers: [String] = []

    @Option(
        name: .customLong("isolate"),
        help:
            "A provider to host in a process of its own, so that its crash fails only the file in hand. (default: pkcs11)"
    )
    var isolated: [String] = []

    @OptionGroup var resume: ResumeOptions

    @Flag(help: "Replace outputs that exist and are not right conversions of their sources.")
    var overwrite = false

    @Flag(help: "Write files anew that already are what the profile asks for.")
    var rewrite = false

    @Flag(help: "Take files that have no MAC, which anybody may have changed.")
    var allowMissingMAC = false

    @OptionGroup var signing: SigningOptions

    @Flag(help: "Print the summary as JSON instead of a table; the manifest has the items.")
    var json = false

    @OptionGroup(title: "Reports") var reports: ReportOptions
    @OptionGroup(title: "Progress and log") var watching: WatchOptions

    func validate() throws {
        try PathCheck.check(paths, "a path")
        try PathCheck.check([directory] + [caCertificates].compactMap(\.self), "a folder")
        guard !paths.isEmpty || !tokens.isEmpty else { throw ValidationError("Give a path, or a --token.") }
        guard ways.isEmpty || !tokens.isEmpty else { throw ValidationError("--export goes with --token.") }
        guard Profile.named(profile) != nil else {
            throw ValidationError("--profile is one of \(Profile.all.map(\.name).joined(separator: ", ")).")
        }
        guard jobs.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs takes a number from 1 on.") }
    }

    func run() throws {
        try ExitStatus.reporting {
            do {
                try Conversion(resume: resume, json: json, signing: signing, reports: reports, watching: watching)
                    .run { try pipeline() }
            } catch let error as PipelineError {
                throw PipelineError(error.code, Self.inOptions(error.reason), hint: error.hint)
            } catch let error as ProviderError {
                throw ProviderError(error.code, Self.inOptions(error.reason), hint: error.hint)
            }
        }
    }

    /// Errors name places in pipeline.json; whoever gave options looks for those.
    private static func inOptions(_ reason: String) -> String {
        guard let colon = reason.firstIndex(of: ":") else { return reason }
        let place = String(reason[..<colon].split(whereSeparator: { "[0123456789]".contains($0) }).joined())
        let options = [
            "inputs.password": "--password", "output.password": "--output-password", "providers": "--provider",
            "isolate": "--isolate",
            "jobs": "--jobs", "inputs.pin": "--pin", "inputs.token": "--token",
            "inputs.caCertificates": "--ca-certificates",
        ]
        return options[place].map { $0 + reason[colon...] } ?? reason
    }

    private func pipeline() throws -> PipelineConfiguration {
        var profile = Profile.named(profile) ?? .schannel
        profile.keySpec = keySpec ?? profile.keySpec
        profile.encryption = encryption ?? profile.encryption
        profile.machineKeySet = machineKeySet ?? profile.machineKeySet
        let sources = try passwords.parsed(.prompt)
        let files = Self.unique(paths).map {
            PipelineConfiguration.Input(site: "convert", location: .path(FilePath($0)), passwords: sources)
        }
        let keys = try Self.unique(tokens).map {
            PipelineConfiguration.Input(site: "convert", location: .token(try token($0)), passwords: [])
        }
        var pipeline = PipelineConfiguration(
            inputs: files + keys,
            output: .init(
                directory: FilePath(directory),
                password: try outputPassword.map { try PasswordOptions.source($0, option: "--output-password") }
                    ?? .prompt),
            profile: profile)
        pipeline.output.name = try OutputName("{folder}/{name}.pfx")
        pipeline.output.overwrite = overwrite ? .replace : .never
        pipeline.unchanged = rewrite ? .rewrite : .skip
        pipeline.allowMissingMAC = allowMissingMAC
        pipeline.jobs = jobs
        pipeline.allowsFinalTry = tokenOptions.allowFinalTry
        pipeline.providers = providers.isEmpty ? nil : providers
        if !isolated.isEmpty { pipeline.isolate = .only(isolated) }
        return pipeline
    }

    private func token(_ uri: String) throws -> PipelineConfiguration.TokenInput {
        var token = PipelineConfiguration.TokenInput(uri: uri, pin: try tokenOptions.pinSource())
        token.module = tokenOptions.modulePath
        token.caCertificates = caCertificates.map { FilePath($0) }
        if !ways.isEmpty { token.export = Set(ways) }
        return token
    }

    /// Without what is there twice, as where a shell's patterns overlap.
    private static func unique(_ paths: [String]) -> [String] {
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted }
    }
}

extension Profile.KeySpec: ExpressibleByArgument {}
extension TokenExportWay: ExpressibleByArgument {}
extension Profile.Encryption: ExpressibleByArgument {}
extension Profile.MachineKeySet: ExpressibleByArgument {}
