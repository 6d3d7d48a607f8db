import PKCS12
import Providers

/// Compares what a library's own reader finds in a file with what has to be in it.
struct Verifier {
    let profile: Profile
    /// Whether a key may lack its KeySpec, as one does that a token shrouded.
    let allowsNoKeySpec: Bool
    /// Opens the file a second time for what the reader does not report.
    let decoder: PFXDecoder

    /// - Returns: for each file, what the provider's reader finds; failures are ``ReissueError`` `verificationFailed` where it
    ///   cannot open the file, `verifierUnfit` where its library does not read such files at all, and ``ProviderError`` where
    ///   the provider itself fails, which says nothing of the file.
    static func read(_ files: [FileToRead], by provider: Provider) -> [Reissuer.Reading] {
        guard let reader = provider.reader else {
            return files.map { _ in
                .failure(
                    ReissueError(.verificationFailed, "the provider \(provider.name) has no reader to verify with"))
            }
        }
        return reader.read(files).map { reading in
            reading.mapError { error in
                switch error {
                case let error as PKCS12Error: return ReissueError(readerRefuses: error, provider.name)
                case var error as ProviderError:
                    error.provider = provider.name
                    return error
                default: return error
                }
            }
        }
    }

    /// - Parameter reading: what the provider's reader found.
    /// - Returns: what was compared, by the name of the reader that saw it; `recapi` is our own.
    /// - Throws: ``ReissueError`` `verificationMismatch` where that is something else, and the failure of the reading.
    func verify(
        _ file: [UInt8], password: SecretBytes, as reading: Reissuer.Reading, by provider: Provider,
        against checked: CAPI1PFX
    ) throws -> [String: [String]] {
        let report = try reading.get()
        func comparison(_ reader: String) -> Comparison {
            Comparison(checked: checked, profile: profile, allowsNoKeySpec: allowsNoKeySpec, verifier: reader)
        }
        try comparison(provider.name).compare(report)
        let unseen = Self.compared.filter { provider.reader?.reports.contains($0.field) != true }.map(\.name)
        guard !unseen.isEmpty else { return [provider.name: Self.alwaysCompared + Self.compared.map(\.name)] }
        let opened = try OpenedPFX(decoder.decode(file, passwords: [password]))
        try comparison("recapi").compare(opened.report)
        let seen = Self.compared.map(\.name).filter { !unseen.contains($0) }
        return [provider.name: Self.alwaysCompared + seen, "recapi": unseen]
    }

    /// Every reader gives these.
    private static let alwaysCompared = ["certificates", "privateKey"]
    private static let compared: [(field: ReaderFields, name: String)] = [
        (.providerName, "providerName"), (.machineKeySet, "machineKeySet"), (.keyUsage, "keySpec"),
        (.localKeyID, "localKeyID"),
    ]
}

/// One reader's report against what has to be there.
private struct Comparison {
    let checked: CAPI1PFX
    let profile: Profile
    let allowsNoKeySpec: Bool
    let verifier: String

    func compare(_ report: ReaderReport) throws {
        let expected = Sealer.order(checked).map { checked.opened.certificates[$0].der }
        // Some libraries sort the certificates, so that only what is there is compared, not its order.
        guard report.certificates.count == expected.count,
            report.certificates.map(\.der).sorted(by: { $0.lexicographicallyPrecedes($1) })
                == expected.sorted(by: { $0.lexicographicallyPrecedes($1) })
        else { throw mismatch("other certificates than the input has") }
        guard report.keys.count == checked.identities.count else {
            throw mismatch("\(report.keys.count) keys instead of \(checked.identities.count)")
        }
        var keys = report.keys
        for identity in checked.identities {
            guard let index = keys.firstIndex(where: { .numbers($0.rsa) == identity.key }) else {
                throw mismatch("another private key than the input has")
            }
            try compare(keys.remove(at: index), identity, report.certificates)
        }
    }

    private func compare(
        _ key: ReaderReport.Key, _ identity: CAPI1PFX.Identity, _ certificates: [ReaderReport.Certificate]
    ) throws {
        let names = profile.providerName.map { [$0] } ?? []
        if let found = key.providerNames, found != names {
            throw mismatch("the provider names \(found) instead of \(names)")
        }
        if let found = key.machineKeySet, found != identity.machineKeySet {
            throw mismatch(found ? "a machine key set mark that should not be there" : "no machine key set mark")
        }
        if let found = key.keyUsage, found != profile.keySpec.keyUsage, !(allowsNoKeySpec && found == 0) {
            throw mismatch("the key usage 0x\(hexText([found])) instead of 0x\(hexText([profile.keySpec.keyUsage]))")
        }
        guard let localKeyID = key.localKeyID else { return }
        let tied = certificates.filter { $0.localKeyID == localKeyID }.map(\.der)
        guard tied == [checked.opened.certificates[identity.certificate].der] else {
            throw mismatch("a localKeyID that does not tie the key to its certificate alone")
        }
    }

    private func mismatch(_ what: String) -> ReissueError {
        .mismatch(what, foundBy: verifier)
    }
}

extension ReissueError {
    static func mismatch(_ what: String, foundBy verifier: String) -> ReissueError {
        ReissueError(
            .verificationMismatch, "\(verifier) found in the output \(what)",
            hint: "the output was not written; please report this with the provider's version")
    }

    /// For what a verifier said when it was to read an output.
    init(readerRefuses error: PKCS12Error, _ provider: String) {
        if error.code == .unsupportedAlgorithm {
            self.init(
                .verifierUnfit, "\(provider) cannot verify such files: \(error.reason)",
                hint: "name another provider to verify with")
        } else {
            self.init(
                .verificationFailed, "\(provider) cannot read the output: \(error.reason)", provider: provider)
        }
    }
}

extension OpenedPFX {
    /// The file as our own reader sees it, in the form of another library's report.
    fileprivate var report: ReaderReport {
        ReaderReport(
            keys: keys.compactMap { key in
                key.rsa.map {
                    ReaderReport.Key(
                        rsa: $0, providerNames: key.attributes.providerNames,
                        machineKeySet: key.attributes.isLocalMachineKeySet,
                        keyUsage: key.info?.attributes.keyUsage ?? 0, localKeyID: key.attributes.localKeyID,
                        friendlyName: key.attributes.friendlyName)
                }
            },
            certificates: certificates.map {
                ReaderReport.Certificate(
                    der: $0.der, localKeyID: $0.attributes.localKeyID, friendlyName: $0.attributes.friendlyName)
            })
    }
}
