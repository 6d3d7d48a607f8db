import PKCS12
import Providers
import Reissue
import Synchronization

/// Who works in a run: the teams of its staffing, without the providers that were found not to work.
///
/// A provider that fails at one duty, by its own fault, several times in a row is relieved of it, and the run goes on with
/// the others, which is better than a run in which nothing succeeds. The last one that can do a duty keeps it.
final class Roster: Sendable {
    /// A sealer with its verifiers, ready to work.
    struct Team: Sendable {
        let sealer: String
        let verifiers: [String]
        let reissuer: any Reissuing
    }

    /// What a provider does in a run.
    struct Duty: Hashable, Sendable {
        enum Kind: String {
            case sealing
            case verifying
        }

        var provider: String
        var kind: Kind
    }

    /// Makes the teams of a run from what providers are left for each duty.
    typealias Recruit = @Sendable (_ without: Set<Duty>) throws -> (teams: [Team], notes: [String])

    /// How often in a row a provider may fail by its own fault.
    static let patience = 5

    private struct State {
        var teams: [Team]
        var notes: [String]
        var faults: [Duty: Int] = [:]
        var relieved: Set<Duty> = []
    }

    /// The mutex owns it.
    private let state: Mutex<State>
    private let spreads: Bool
    private let recruit: Recruit

    /// - Parameter spreads: whether all teams take turns, or the first works and the others stand in.
    init(spreads: Bool, recruit: @escaping Recruit) throws {
        let (teams, notes) = try recruit([])
        state = Mutex(State(teams: teams, notes: notes))
        self.spreads = spreads
        self.recruit = recruit
    }

    /// The teams for an item, in the order in which they are asked.
    func teams(for index: Int) -> [Team] {
        state.withLock { state in
            let first = spreads ? index % state.teams.count : 0
            return Array(state.teams[first...] + state.teams[..<first])
        }
    }

    /// What the user should know about the choice.
    var notes: [String] { state.withLock { $0.notes } }

    func succeeded(_ team: Team) {
        state.withLock { state in
            state.faults[Duty(provider: team.sealer, kind: .sealing)] = nil
            for verifier in team.verifiers { state.faults[Duty(provider: verifier, kind: .verifying)] = nil }
        }
    }

    /// Counts a failure against the provider whose fault it is, if it is one's.
    ///
    /// - Parameter anotherCould: whether another provider did what this team's sealer said it cannot.
    /// - Returns: whether that provider was dropped, now or while the team was at work, so that others are to be asked.
    @discardableResult
    func failed(_ team: Team, _ error: any Error, anotherCould: Bool = false) -> Bool {
        guard let duty = Self.failedDuty(team, error, anotherCould) else { return false }
        return state.withLock { state in
            if state.relieved.contains(duty) { return true }
            state.faults[duty, default: 0] += 1
            guard state.faults[duty] == Self.patience,
                let (teams, notes) = try? recruit(state.relieved.union([duty]))
            else { return false }
            state.relieved.insert(duty)
            state.teams = teams
            let reason = (error as? any CodedError)?.reason ?? "it failed"
            state.notes.append(
                "the provider \(duty.provider) was dropped from \(duty.kind.rawValue) after it failed \(Self.patience) times "
                    + "in a row: \(reason)")
            state.notes += notes.filter { !state.notes.contains($0) }
            return true
        }
    }

    private static func failedDuty(_ team: Team, _ error: any Error, _ anotherCould: Bool) -> Duty? {
        let verifier: String?
        switch error {
        case let error as ProviderError: verifier = error.provider
        case let error as ReissueError where error.code == .verificationFailed && error.provider != nil:
            verifier = error.provider
        case let error as PKCS12Error where error.code == .cryptographyFailed || anotherCould: verifier = nil
        default: return nil
        }
        guard let verifier else { return Duty(provider: team.sealer, kind: .sealing) }
        // A provider of tokens is in no team.
        return team.verifiers.contains(verifier) ? Duty(provider: verifier, kind: .verifying) : nil
    }
}
