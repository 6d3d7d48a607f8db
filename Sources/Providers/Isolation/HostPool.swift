import Dispatch
import PKCS12
import Synchronization

/// The processes of one isolated provider.
///
/// Each has one thread, one channel and one call at a time; calls that come at once go to several. So a crash takes
/// with it the one call in hand and no other, the host needs no threads, and nothing has to be told apart in a channel.
///
/// A process that crashes, hangs or answers nonsense is killed and reaped, its call fails, and the next call starts
/// another. Where that has been done ``Isolation/restarts`` times in a row, without any call to any of the processes
/// that succeeded in between, the provider is given up.
final class HostPool: Sendable {
    let name: String
    /// For sentences: the provider, and which module it asks.
    private let subject: String
    private let host: String
    private let plugin: String
    private let isolation: Isolation
    /// The most processes.
    private let count: Int
    /// What became of logins of these processes. The mutex owns it, and is held during each.
    private let logins = Mutex(Logins())
    /// Counts the slots that are free.
    private let freeSlots: DispatchSemaphore
    private let state: Mutex<State>

    /// The mutex owns it.
    private struct State {
        /// The one that was used last is used next, so that no more processes are started than calls come at once.
        var free: [Slot]
        /// What the first process said of the provider; all others must say the same.
        var description: ProviderDescription?
        /// Calls that were answered.
        var successes: UInt64 = 0
        /// Why the provider was given up.
        var abandoned: ProviderError?
    }

    /// A place for a process.
    private final class Slot: @unchecked Sendable {
        // Sendable: whoever took it out of `free` has it alone.
        var process: HostProcess?
        /// ``Logins/round`` of the process's login; nil before one.
        var login: Int?
        /// Failures in a row.
        var failures = 0
        /// The pool's successes at the last of them.
        var successes: UInt64 = 0
    }

    init(name: String, plugin: String, isolation: Isolation) throws(ProviderError) {
        self.name = name
        subject = "the provider \(name)"
        self.plugin = plugin
        self.isolation = isolation
        host = try isolation.host()
        count = isolation.processes
        freeSlots = DispatchSemaphore(value: 1)
        state = Mutex(State(free: [Slot()]))
    }

    /// Other processes of a pool's provider, for one purpose of their own: what becomes of them is nothing to the pool's.
    ///
    /// - Parameters:
    ///   - module: the module that they ask, if it has a name.
    ///   - count: the most of them.
    init(of pool: HostPool, for module: String?, _ count: Int) {
        name = pool.name
        subject = pool.subject + (module.map { " with the module \($0)" } ?? "")
        (plugin, isolation, host) = (pool.plugin, pool.isolation, pool.host)
        self.count = max(1, count)
        freeSlots = DispatchSemaphore(value: self.count)
        state = Mutex(
            State(free: (0..<self.count).map { _ in Slot() }, description: pool.state.withLock(\.description)))
    }

    /// Starts the first process, and makes room for the others; called once, before any other call.
    ///
    /// - Returns: what it says of the provider.
    /// - Throws: ``ProviderError`` as ``call``, and what the loader throws for a plugin that is refused.
    func describe() throws -> ProviderDescription {
        let description = try withSlot { slot in
            try start(slot)
            guard let description = state.withLock({ $0.description }) else {
                throw ProviderError(.inconsistent, "the provider \(name) does not say what it can do")
            }
            return description
        }
        // One tells which modules there are; each token has processes of its own.
        for _ in 1..<max(1, description.hasTokens ? 1 : count) {
            state.withLock { $0.free.insert(Slot(), at: 0) }
            freeSlots.signal()
        }
        return description
    }

    /// Asks a process.
    ///
    /// - Parameters:
    ///   - answerLimit: the largest answer that makes sense, in bytes.
    ///   - login: what the process logs in with before, unless it has.
    ///   - write: writes the request; called twice.
    ///   - read: reads the answer, and throws ``MessageError`` for one that does not fit the request.
    /// - Throws: ``ProviderError`` `crashed`, `timedOut`, `inconsistent`, `abandoned`, and what the provider itself throws.
    func call<Answer>(
        _ operation: Operation, answerLimit: Int, cost: CallCost = .none, login: HostLogin? = nil,
        write: (inout MessageWriter) -> Void, read: (inout MessageReader) throws -> Answer
    ) throws -> Answer {
        try withSlot { slot in
            if slot.process == nil { try start(slot) }
            if let login { try logIn(slot, login) }
            let answer = try ask(slot, operation, answerLimit, cost, write, read)
            state.withLock { $0.successes += 1 }
            if case .failure(let error as TokenError) = answer, error.code == .tokenRemoved {
                logins.withLock { $0.round += 1 }
            }
            return try answer.get()
        }
    }

    /// Logs in with a free process, unless it has, and nothing else.
    func logIn(_ login: HostLogin) throws {
        try withSlot { slot in
            if slot.process == nil { try start(slot) }
            try logIn(slot, login)
        }
    }

    private struct Logins {
        /// Of the token's presence: after it was taken out, every process has to log in again.
        var round = 0
        /// Why no process logs in any more.
        var refusal: TokenError?
    }

    /// One process after the other, so that a PIN that was changed meanwhile is sent by one of them only.
    private func logIn(_ slot: Slot, _ login: HostLogin) throws {
        try logins.withLock { logins in
            guard slot.login != logins.round else { return }
            if let refusal = logins.refusal { throw refusal }
            let answer = try ask(slot, .logIn, 0, login.cost, login.write) { _ in }
            state.withLock { $0.successes += 1 }
            if case .failure(let error as TokenError) = answer, error.code == .wrongPIN || error.code == .pinLocked {
                logins.refusal = error
            }
            try answer.get()
            slot.login = logins.round
        }
    }

    private func withSlot<Result>(_ body: (Slot) throws -> Result) throws -> Result {
        freeSlots.wait()
        defer { freeSlots.signal() }
        let slot = try state.withLock { state throws(ProviderError) in
            if let abandoned = state.abandoned { throw abandoned }
            return state.free.popLast()
        }
        // The semaphore says that there is one.
        guard let slot else {
            throw ProviderError(.inconsistent, "the processes of \(subject) are miscounted")
        }
        defer { state.withLock { $0.free.append(slot) } }
        return try body(slot)
    }

    private func start(_ slot: Slot) throws {
        do {
            slot.process = try HostProcess(
                host: host, plugin: plugin, withheldVariables: isolation.withheldVariables)
        } catch {
            throw failed(slot, error)
        }
        let description: ProviderDescription
        do {
            description = try ask(slot, .describe, 4_096, .none, { _ in }, { try $0.description() }).get()
        } catch  where slot.process != nil {
            // The host's own words on a plugin that it cannot load.
            throw failed(slot, error as? ProviderError ?? ProviderError(.loadFailed, String(describing: error)))
        }
        let isTheSame = state.withLock { state in
            if state.description == nil { state.description = description }
            return state.description == description
        }
        slot.process?.logsOut = description.hasTokens
        guard isTheSame else {
            throw failed(
                slot, ProviderError(.inconsistent, "\(subject) says something else of itself than before"))
        }
    }

    /// - Returns: the answer, which may be an error of the provider.
    /// - Throws: ``ProviderError`` where there is no answer; the process is gone then.
    private func ask<Answer>(
        _ slot: Slot, _ operation: Operation, _ answerLimit: Int, _ cost: CallCost,
        _ write: (inout MessageWriter) -> Void, _ read: (inout MessageReader) throws -> Answer
    ) throws(ProviderError) -> Result<Answer, any Error> {
        guard let process = slot.process else { throw ProviderError(.crashed, "\(subject) has no process") }
        let timeLimit = isolation.timeLimit + cost.duration
        do {
            let (kind, body) = try process.exchange(
                operation, answerLimit: answerLimit, timeLimit: timeLimit, write)
            var reader = MessageReader(body)
            let answer: Result<Answer, any Error>
            switch kind {
            case .result: answer = .success(try read(&reader))
            case .error: answer = .failure(try reader.error(provider: name))
            }
            try reader.finish()
            return answer
        } catch {
            throw failed(slot, sentence(for: error, end: process.end(), timeLimit))
        }
    }

    private func sentence(for error: any Error, end: String?, _ timeLimit: Duration) -> ProviderError {
        switch error {
        case let error as MessageError:
            return ProviderError(
                .inconsistent, "\(subject) answers nonsense from its process: \(error.sentence)")
        case Channel.Failure.timedOut:
            let seconds = Double(timeLimit / .milliseconds(1)) / 1_000
            return ProviderError(
                .timedOut, "\(subject) did not answer within \(seconds) s, and was stopped")
        default:
            return ProviderError(
                .crashed, "\(subject) crashed in its process" + (end.map { ": \($0)" } ?? ""))
        }
    }

    /// Ends the slot's process, and counts the failure.
    private func failed(_ slot: Slot, _ error: ProviderError) -> ProviderError {
        slot.process?.end()
        (slot.process, slot.login) = (nil, nil)
        state.withLock { state in
            slot.failures = slot.successes == state.successes ? slot.failures + 1 : 1
            slot.successes = state.successes
            guard slot.failures > isolation.restarts, state.abandoned == nil else { return }
            state.abandoned = ProviderError(
                .abandoned,
                "\(subject) is not started again after \(slot.failures) failures in a row: \(error.reason)",
                hint: error.hint)
        }
        return error
    }
}
