import PKCS12
import Providers

extension Reissuer {
    /// What is left to do for one job.
    public typealias Rest = @Sendable () throws -> Outcome

    /// Does for many jobs at once what pays to be done so: deriving the keys that open the sources and seal the outputs,
    /// which is most of the work and goes faster side by side (``PKCS12Cryptography/derive(_:)``).
    ///
    /// Nothing that goes wrong with one job touches another.
    ///
    /// - Returns: the rest of each job, in the jobs' order; it throws as ``reissue(_:)`` does.
    public func prepare(_ jobs: [Job]) -> [Rest] {
        let prepared = jobs.map { job in Result { try Prepared(job, self) } }
        let requests = prepared.flatMap { (try? $0.get())?.requests ?? [] }
        let derived: [SecretBytes]
        do {
            derived = try crypto.deriveAll(requests)
        } catch {
            // One job's request can fail the whole batch: each by itself, to know whose it was.
            return jobs.count > 1 ? jobs.flatMap { prepare([$0]) } : [{ throw error }]
        }
        var keys = derived[...]
        return prepared.map { prepared in
            let share = Array(keys.prefix((try? prepared.get())?.requests.count ?? 0))
            keys = keys.dropFirst(share.count)
            return { try finish(try prepared.get(), share) }
        }
    }

    private func finish(_ prepared: Prepared, _ keys: [SecretBytes]) throws -> Outcome {
        let (job, count) = (prepared.job, prepared.pending.derivations.count)
        let checked = try check(try OpenedPFX(prepared.pending.open(with: Array(keys.prefix(count)))))
        if !options.rewriteUnchanged, checked.isDone, opens(job.source, with: job.outputPassword) {
            return .unchanged(try report(checked, after: nil))
        }
        let sealed =
            if let schemes = prepared.schemes {
                try seal(
                    checked, password: job.outputPassword, schemes: schemes,
                    derivations: RememberedDerivations(
                        crypto, known: zip(prepared.requests, keys).dropFirst(count).map { ($0, $1) }))
            } else {
                try seal(checked, password: job.outputPassword)
            }
        return .converted(try verify(sealed, password: job.outputPassword))
    }
}

/// A job that waits for its keys.
private struct Prepared: Sendable {
    let job: Reissuer.Job
    let pending: PendingPFX
    /// Nil where there is no password to seal with.
    let schemes: OutputSchemes?
    /// Those of the source first, then those of the output.
    let requests: [KeyDerivation]

    init(_ job: Reissuer.Job, _ reissuer: Reissuer) throws {
        self.job = job
        pending = try reissuer.decoder(reissuer.crypto).begin(job.source.bytes, passwords: job.passwords)
        schemes =
            job.outputPassword.isEmpty ? nil : try OutputSchemes(reissuer.options.profile.encryption, reissuer.crypto)
        requests = pending.derivations + (schemes?.derivations(for: job.outputPassword) ?? [])
    }
}
