import PKCS12
import Providers

extension Reissuer {
    /// The whole path but publishing, for several jobs at once: deriving the keys that open the sources and seal the outputs,
    /// and those that prove the outputs, is most of the work, and goes faster side by side
    /// (``PKCS12Cryptography/derive(_:)``, ``ReaderProvider/read(_:)``).
    ///
    /// - Returns: for each, in order, what ``reissue(_:passwords:outputPassword:)`` gives or throws. Nothing that goes wrong with
    ///   one job touches another.
    public func reissue(_ jobs: [Job]) -> [Result<Outcome, any Error>] {
        let prepared = jobs.map { job in Result { try Prepared(job, self) } }
        let requests = prepared.flatMap { (try? $0.get())?.requests ?? [] }
        let derived: [SecretBytes]
        do {
            derived = try crypto.deriveAll(requests)
        } catch {
            // One job's request can fail the whole batch: each by itself, to know whose it was.
            return jobs.count > 1 ? jobs.flatMap { reissue([$0]) } : [.failure(error)]
        }
        var keys = derived[...]
        let sealed = prepared.map { prepared in
            let share = Array(keys.prefix((try? prepared.get())?.requests.count ?? 0))
            keys = keys.dropFirst(share.count)
            return Result { try seal(try prepared.get(), share) }
        }
        return verify(sealed)
    }

    /// A job whose output, where it has one, is still to be proved.
    private enum Sealed {
        case pfx(SealedPFX, password: SecretBytes)
        case unchanged(ReissueReport)

        var file: FileToRead? {
            guard case .pfx(let pfx, let password) = self else { return nil }
            return FileToRead(pfx.bytes[...], password: password)
        }
    }

    private func seal(_ prepared: Prepared, _ keys: [SecretBytes]) throws -> Sealed {
        let (job, count) = (prepared.job, prepared.pending.derivations.count)
        let checked = try check(try OpenedPFX(prepared.pending.open(with: Array(keys.prefix(count)))))
        if !options.rewriteUnchanged, checked.isDone, opens(job.source, with: job.outputPassword) {
            return .unchanged(try report(checked, after: nil))
        }
        guard let schemes = prepared.schemes else {
            return .pfx(try seal(checked, password: job.outputPassword), password: job.outputPassword)
        }
        let pfx = try seal(
            checked, password: job.outputPassword, schemes: schemes,
            derivations: RememberedDerivations(
                crypto, known: zip(prepared.requests, keys).dropFirst(count).map { ($0, $1) }))
        return .pfx(pfx, password: job.outputPassword)
    }

    private func verify(_ sealed: [Result<Sealed, any Error>]) -> [Result<Outcome, any Error>] {
        var readings = readings(of: sealed.compactMap { (try? $0.get())?.file })[...]
        return sealed.map { sealed in
            Result {
                switch try sealed.get() {
                case .unchanged(let report): return .unchanged(report)
                case .pfx(let pfx, let password):
                    let reading = readings.removeFirst()
                    return .converted(try verify(pfx, password: password, readings: reading))
                }
            }
        }
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
