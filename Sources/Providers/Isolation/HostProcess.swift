import Glibc
import PKCS12

/// One host with its plugin, and the channel to it. One call at a time.
///
/// Its owner, a slot of ``HostPool``, gives it to one caller at a time. It is killed and reaped with the last reference.
final class HostProcess {
    private let process: pid_t
    private let channel: Channel
    private var calls: UInt64 = 0
    private var isReaped = false
    /// Whether the provider has sessions to close before its process ends.
    var logsOut = false

    /// - Throws: ``ProviderError`` `loadFailed` where the host cannot be started.
    init(host: String, plugin: String, withheldVariables: Set<String>) throws(ProviderError) {
        let launch = HostLaunch(host: host, plugin: plugin, withheldVariables: withheldVariables)
        let channels: (Channel, Channel)
        do { channels = try Channel.pair() } catch {
            throw ProviderError(.loadFailed, "no channel to a process for the provider can be made: \(error)")
        }
        channel = channels.0
        let theirs = channels.1
        let result = LastingThread.shared?.run {
            withExtendedLifetime(theirs) { launch.start(channel: theirs.descriptor) }
        }
        guard case .success(let process)? = result else {
            let number = if case .failure(let error)? = result { error.number } else { EAGAIN }
            throw ProviderError(
                .loadFailed, "\(host) cannot be started: \(String(cString: strerror(number)))")
        }
        self.process = process
    }

    deinit {
        if logsOut { waitForEnd() }
        end()
    }

    /// Sends a request and waits for its answer.
    ///
    /// - Parameter answerLimit: the largest body that makes sense, in bytes.
    /// - Throws: ``Channel/Failure``, ``MessageError``. The process is of no use after either.
    func exchange(
        _ operation: Operation, answerLimit: Int, timeLimit: Duration, _ write: (inout MessageWriter) -> Void
    ) throws -> (kind: AnswerKind, body: SecretBytes) {
        calls += 1
        let deadline = SuspendingClock.now.advanced(by: timeLimit)
        try channel.send(makeMessage(kind: operation.rawValue, call: calls, write), before: deadline)
        let header = try channel.receiveHeader(before: deadline)
        guard let kind = AnswerKind(rawValue: header.kind), header.call == calls else {
            throw MessageError("what came is not the answer to this call")
        }
        let limit = kind == .result ? answerLimit : Self.errorLimit
        guard header.length <= UInt64(limit) else {
            throw MessageError("an answer of \(header.length) bytes came where \(limit) are the most")
        }
        return (kind, try channel.receiveBody(Int(header.length), before: deadline))
    }

    /// Closes the channel, by which a host knows that it is done, and gives it some time.
    private func waitForEnd() {
        shutdown(channel.descriptor, Int32(SHUT_RDWR))
        let deadline = SuspendingClock.now.advanced(by: .seconds(3))
        while !isReaped, SuspendingClock.now < deadline {
            var status: Int32 = 0
            let ended = waitpid(process, &status, WNOHANG)
            isReaped = ended != 0 && !(ended < 0 && errno == EINTR)
            if !isReaped { usleep(2_000) }
        }
    }

    /// Kills the process, if it still lives, and reaps it.
    ///
    /// - Returns: how it ended; nil where that cannot be known.
    @discardableResult
    func end() -> String? {
        guard !isReaped else { return nil }
        isReaped = true
        // A process that is dying already keeps the status that it dies with.
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { return nil }
        }
        let signal = status & 0x7f
        if signal == 0 { return "it ended with status \((status >> 8) & 0xff)" }
        // As it does where the process closed its channel and went on.
        if signal == SIGKILL { return "it was killed" }
        return "signal \(signal), \(String(cString: strsignal(signal)))"
    }

    /// Reasons are short.
    private static let errorLimit = 70_000
}
