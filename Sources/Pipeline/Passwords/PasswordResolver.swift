import Glibc
import PKCS12

/// Fetches passwords, each once a run.
package struct PasswordResolver {
    /// Where `prompt` asks.
    var terminal: FilePath = "/dev/tty"
    /// How long a program may take to print a password: longer than `systemd-ask-password` waits for a person (90 s).
    var commandTimeLimit: Duration = .seconds(120)
    /// Environment variables that programs do not get.
    private let withheldVariables: Set<String>
    private var known: [Key: SecretBytes] = [:]

    /// - Parameter variables: the environment variables that hold passwords, which no program gets.
    package init(withholding variables: Set<String> = []) {
        withheldVariables = variables
    }

    /// A terminal is asked once for each purpose; every other source gives the same to all.
    private struct Key: Hashable {
        var source: PasswordSource
        var purpose: String?
    }

    /// - Parameters:
    ///   - place: where the configuration names the source, such as `inputs[0].password`.
    ///   - purpose: what a person is asked for, such as `password of site Berlin`.
    ///   - confirming: whether a person has to type it twice.
    /// - Throws: ``PipelineError`` `passwordUnavailable`, `interrupted`.
    package mutating func password(
        from source: PasswordSource, at place: String, purpose: String, confirming: Bool = false
    ) throws(PipelineError) -> SecretBytes {
        let key = Key(source: source, purpose: source == .prompt ? purpose : nil)
        if let password = known[key] { return password }
        do {
            let password = try fetch(source, purpose: purpose, confirming: confirming)
            known[key] = password
            return password
        } catch let error as PipelineError {
            throw PipelineError(error.code, "\(place): \(error.reason)", hint: error.hint)
        } catch {
            let system = error as? SystemError
            let text = system?.text ?? "\(error)"
            throw PipelineError(
                system?.mayPass == true ? .storageUnavailable : .passwordUnavailable,
                "\(place): \(source) gives nothing: \(text)")
        }
    }

    private func fetch(_ source: PasswordSource, purpose: String, confirming: Bool) throws -> SecretBytes {
        switch source {
        case .file(let path):
            return try Self.firstLine(of: path, source, mustBePrivate: true)
        case .environment(let name):
            guard let value = getenv(name), value.pointee != 0 else {
                throw PipelineError(.passwordUnavailable, "the environment variable \(name) is not set, or empty")
            }
            return SecretBytes(copying: UnsafeRawBufferPointer(start: value, count: strlen(value)))
        case .descriptor(let descriptor):
            return try FirstLine.read(from: descriptor, of: source)
        case .credential(let name):
            guard let folder = getenv("CREDENTIALS_DIRECTORY") else {
                throw PipelineError(
                    .passwordUnavailable, "there is no CREDENTIALS_DIRECTORY to take the credential \(name) from",
                    hint: "run it as a systemd service with LoadCredential or LoadCredentialEncrypted")
            }
            let path = FilePath(String(cString: folder)).appending(name)
            return try Self.firstLine(of: path, source, mustBePrivate: false)
        case .command(let words):
            return try CommandOutput.firstLine(
                of: words, source, withholding: withheldVariables, timeLimit: commandTimeLimit)
        case .prompt:
            return try TerminalPrompt(terminal: terminal).ask(for: purpose, confirming: confirming)
        case .empty:
            return SecretBytes(copying: [])
        }
    }

    /// Whether a password file may be a user's: the one that recapi runs as, root, and whoever became root by sudo.
    static func isTrusted(
        _ owner: uid_t, user: uid_t = geteuid(), sudo: String? = getenv("SUDO_UID").map { String(cString: $0) }
    ) -> Bool {
        owner == user || owner == 0 || user == 0 && sudo.flatMap(uid_t.init) == owner
    }

    private static func firstLine(of path: FilePath, _ source: PasswordSource, mustBePrivate: Bool) throws
        -> SecretBytes
    {
        let file = try OpenFile(path, O_RDONLY)
        guard let status = FileStatus(file) else { throw SystemError() }
        if mustBePrivate, status.kind == .file {
            guard status.permissions & 0o077 == 0 else {
                throw PipelineError(
                    .passwordUnavailable, "others than its owner have access to the password file \(path)",
                    hint: "chmod 600 \(path)")
            }
            guard isTrusted(status.owner) else {
                throw PipelineError(
                    .passwordUnavailable,
                    "the password file \(path) is the user \(status.owner)'s, who can read and change it",
                    hint: "chown \(geteuid()) \(path)")
            }
        }
        return try FirstLine.read(from: file.descriptor, of: source)
    }
}
