import PKCS12
import Providers
import Reissue
import Synchronization

/// Who works in a run: the teams of its staffing, without the providers that were found not to work.
///
/// A provider that fails by its own fault several times in a row is dropped, and the run goes on with the others,
/// which is better than a run in which nothing succeeds. The last provider that can do its part is never dropped.
final class Roster: Sendable {
    /// A sealer with its verifiers, ready to work.
    struct Team: Sendable {
        let sealer: String
        let verifiers: [String]
        let reissuer: any Reissuing
    }

    /// Makes the teams of a run from what providers are left.
    typealias Recruit = @Sendable (_ without: Set<String>) throws -> (teams: [Team], notes: [String])

    /// How often in a row a provider may fail by its own fault.
    static let patience = 5

    private struct State {
        var teams: [Team]
        var notes: [String]
        var faults: [String: Int] = [:]
        var dropped: Set<String> = []
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
            for name in [team.sealer] + team.verifiers { state.faults[name] = nil }
        }
    }

    /// Counts a failure against the provider whose fault it is, if it is one's.
    ///
    /// - Parameter anotherCould: whether another provider did what this team's sealer said it cannot.
    func failed(_ team: Team, _ error: any Error, anotherCould: Bool = false) {
        guard let name = Self.faultyProvider(team, error, anotherCould) else { return }
        state.withLock { state in
            state.faults[name, default: 0] += 1
            guard state.faults[name] == Self.patience, !state.dropped.contains(name),
                let (teams, _) = try? recruit(state.dropped.union([name]))
            else { return }
            state.dropped.insert(name)
            state.teams = teams
            let reason = (error as? any CodedError)?.reason ?? "it failed"
            state.notes.append(
                "the provider \(name) was dropped after it failed \(Self.patience) times in a row: \(reason)")
        }
    }

    private static func faultyProvider(_ team: Team, _ error: any Error, _ anotherCould: Bool) -> String? {
        switch error {
        case let error as ProviderError: error.provider ?? team.sealer
        case let error as ReissueError where error.code == .verificationFailed: error.provider
        case let error as PKCS12Error where error.code == .cryptographyFailed || anotherCould: team.sealer
        default: nil
        }
    }
}
