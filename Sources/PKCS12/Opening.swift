/// One file on its way from envelope to ``PFX``.
///
/// Derivations are asked for in as few batches as the file allows, since a provider may run a batch side by side.
struct Opening: Sendable {
    private let envelope: Envelope
    private let candidates: PasswordCandidates
    private let opensShroudedKeys: Bool
    private let cryptography: any PKCS12Cryptography
    private let limits: Limits
    private var bags: BagBudget
    private var iterations = 0
    private var hasDecrypted = false

    init(
        envelope: Envelope, passwords: [SecretBytes], triesOtherEncodings: Bool, opensShroudedKeys: Bool,
        cryptography: any PKCS12Cryptography, limits: Limits, bags: BagBudget
    ) {
        self.envelope = envelope
        candidates = PasswordCandidates(passwords, triesOtherEncodings: triesOtherEncodings)
        self.opensShroudedKeys = opensShroudedKeys
        self.cryptography = cryptography
        self.limits = limits
        self.bags = bags
    }

    /// What has to be derived first, within the budget of the file.
    mutating func begin() throws -> [KeyDerivation] {
        guard let mac = envelope.mac else { return [] }
        let (_, _, requests) = attempt(mac.scheme, .standard)
        try charge(requests)
        return requests
    }

    /// - Parameter first: what ``begin()`` asked for.
    mutating func open(with first: [SecretBytes]) throws -> PFX {
        let (candidate, derived) = try verifyMAC(first)
        var derivedLeft = derived[...]

        // The parts that are encrypted as a whole come first among the locks, then the keys shrouded in the clear.
        var lists: [(EncryptionScheme?, [SealedBag])] = []
        var late: [Int] = []
        for part in envelope.parts {
            switch part {
            case .plain(let bags):
                lists.append((nil, bags))
            case .encrypted(let scheme, let ciphertext):
                let bags = try unlock(Lock(scheme, ciphertext), candidate, derived: &derivedLeft) { text, opening in
                    let bags = try SealedBag.list(text, &opening.bags, opening.limits)
                    return opening.opensShroudedKeys ? bags : bags.map(\.leftShrouded)
                }
                late.append(lists.count)
                lists.append((scheme, bags))
            }
        }
        var keys = try openShrouds(in: lists.filter { $0.0 == nil }.flatMap(\.1), candidate, derived: derivedLeft)
        var lateKeys = try openShrouds(in: late.flatMap { lists[$0].1 }, candidate, derived: [])

        var contents: [SafeContents] = []
        for (scheme, sealed) in lists {
            var opened: [SafeBag] = []
            for bag in sealed {
                opened.append(try scheme == nil ? bag.opened(with: &keys) : bag.opened(with: &lateKeys))
            }
            contents.append(SafeContents(encryption: scheme, bags: opened))
        }
        return PFX(contents: contents, mac: envelope.mac?.scheme)
    }

    // MARK: - The MAC

    /// Finds the candidate that the MAC verifies with; nil where there is no MAC.
    ///
    /// - Returns: with it, where there was one candidate only, what it derives for ``Envelope/locks``.
    private mutating func verifyMAC(_ first: [SecretBytes]) throws -> (
        PasswordCandidates.Candidate?, derived: [SecretBytes]
    ) {
        guard let mac = envelope.mac else { return (nil, []) }
        for rank in PasswordCandidates.ranks {
            let (batch, isOnly, requests) = attempt(mac.scheme, rank)
            let derived = rank == .standard ? first : try derive(requests)
            for (candidate, key) in zip(batch, derived) {
                let value = try cryptography.hmac(envelope.authenticatedSafe[...], with: mac.scheme.digest, key: key)
                if value == mac.value {
                    return (candidate, isOnly ? Array(derived.dropFirst()) : [])
                }
            }
        }
        throw try whyMACFails()
    }

    /// The candidates of a rank, and what to derive for them: a key of the MAC for each, and, where there is one only, what it
    /// takes to open ``Envelope/locks``.
    private func attempt(_ mac: MACScheme, _ rank: PasswordCandidates.Rank) -> (
        batch: [PasswordCandidates.Candidate], isOnly: Bool, requests: [KeyDerivation]
    ) {
        let batch = candidates.distinct(mac.passwordForm, rank: rank)
        var requests = batch.map { mac.derivation($0.password) }
        guard rank == .standard, batch.count == 1, let only = batch.first else { return (batch, false, requests) }
        requests += envelope.locks.flatMap { $0.scheme.derivations(only.password) }
        return (batch, true, requests)
    }

    /// A password that decrypts a part is right, whatever the MAC says.
    private mutating func whyMACFails() throws -> PKCS12Error {
        guard let lock = envelope.locks.first else {
            return PKCS12Error(
                .macMismatch,
                "the MAC does not verify, and nothing in the file is encrypted: "
                    + "either the password is wrong or the file was changed")
        }
        if try candidates.others(than: nil, lock.scheme.passwordForm).contains(where: { try opens(lock, $0) }) {
            return PKCS12Error(
                .macMismatch, "the password is right, but the MAC does not verify: the file was damaged or changed",
                hint: "get the file again from where it came; if it was made with two passwords, give both")
        }
        if envelope.holdsProtectedPassword {
            return PKCS12Error(
                .directoryProtection,
                "the password of this file is protected to users or groups of an Active Directory",
                hint: "export it again on Windows with a password (Export-PfxCertificate -Password)")
        }
        return wrongPassword
    }

    private var wrongPassword: PKCS12Error {
        PKCS12Error(
            .wrongPassword,
            candidates.passwordCount == 1
                ? "the password does not open the file"
                : "none of the \(candidates.passwordCount) passwords opens the file",
            hint: "give the password that the file was exported with; several can be given, and each is tried")
    }

    private mutating func opens(_ lock: Lock, _ candidate: PasswordCandidates.Candidate) throws -> Bool {
        do {
            return try decrypt(lock, try derive(lock.scheme.derivations(candidate.password))).withUnsafeBytes {
                // The whole text, since a wrong key gives good padding and a sequence's first byte now and then.
                try BERNormalizer.withDER(of: $0, limits: limits) { $0.first == DERCursor.Tag.sequence }
            }
        } catch let error as PKCS12Error where [.decryptionFailed, .malformed, .truncated].contains(error.code) {
            return false
        }
    }

    // MARK: - Encrypted parts and keys

    private mutating func openShrouds(
        in bags: [SealedBag], _ candidate: PasswordCandidates.Candidate?, derived: ArraySlice<SecretBytes>
    ) throws -> ArraySlice<PrivateKeyInfo> {
        let locks = bags.flatMap(\.shrouds).map { Lock($0.scheme, $0.ciphertext) }
        var derived = derived
        if derived.isEmpty, let candidate {
            derived = try derive(locks.flatMap { $0.scheme.derivations(candidate.password) })[...]
        }
        var keys: [PrivateKeyInfo] = []
        for lock in locks {
            keys.append(
                try unlock(lock, candidate, derived: &derived) { text, opening in
                    try insideFile {
                        try BERNormalizer.withDER(of: text, limits: opening.limits) { try PrivateKeyInfo($0) }
                    }
                })
        }
        return keys[...]
    }

    /// Decrypts and reads one part, with the candidate of the MAC first and then with all others.
    ///
    /// - Parameter derived: what the candidate of the MAC derives, if that is known; its share is taken off the front.
    private mutating func unlock<Result>(
        _ lock: Lock, _ verified: PasswordCandidates.Candidate?, derived: inout ArraySlice<SecretBytes>,
        read: (UnsafeRawBufferPointer, inout Opening) throws -> Result
    ) throws -> Result {
        let form = lock.scheme.passwordForm
        var share = derived.prefix(lock.scheme.derivationCount)
        derived = derived.dropFirst(share.count)
        var failure: PKCS12Error?
        func opened(with candidate: PasswordCandidates.Candidate) throws -> Result? {
            let keys = share.isEmpty ? try derive(lock.scheme.derivations(candidate.password)) : Array(share)
            share = []
            do {
                let text = try decrypt(lock, keys)
                let result = try text.withUnsafeBytes { try read($0, &self) }
                hasDecrypted = true
                return result
            } catch let error as PKCS12Error where error.code == .decryptionFailed {
                return nil
            } catch let error as PKCS12Error where error.code == .malformed {
                // With a wrong key the padding is right once in 256 times; with the verified password it is the file.
                if candidate == verified { failure = error }
                return nil
            }
        }
        if let verified, let result = try opened(with: verified) { return result }
        for candidate in candidates.others(than: verified, form) {
            if let result = try opened(with: candidate) { return result }
        }
        if let failure { throw failure }
        guard verified != nil || hasDecrypted else { throw wrongPassword }
        throw PKCS12Error(
            .decryptionFailed, "the password is right for one part of the file, but does not decrypt all of it",
            hint: "if the file was made with two passwords, give both; otherwise it is damaged")
    }

    private func decrypt(_ lock: Lock, _ derived: [SecretBytes]) throws -> SecretBytes {
        let (key, iv) = try lock.scheme.keyAndVector(derived)
        return try cryptography.decrypt(lock.ciphertext[...], with: lock.scheme.cipher, key: key, iv: iv)
    }

    /// Derives within the budget of the file.
    private mutating func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        try charge(requests)
        return try cryptography.deriveAll(requests)
    }

    private mutating func charge(_ requests: [KeyDerivation]) throws(PKCS12Error) {
        for request in requests {
            let chains = (request.byteCount + request.digest.byteCount - 1) / request.digest.byteCount
            iterations += request.iterations * chains
        }
        guard iterations <= limits.totalIterations else {
            throw PKCS12Error(
                .limitExceeded,
                "opening the file takes more than \(limits.totalIterations) iterations in all (totalIterations)")
        }
    }
}

/// Something encrypted.
struct Lock {
    let scheme: EncryptionScheme
    let ciphertext: [UInt8]

    init(_ scheme: EncryptionScheme, _ ciphertext: [UInt8]) {
        self.scheme = scheme
        self.ciphertext = ciphertext
    }
}

extension Envelope {
    /// The same file, in which the shrouded keys of the plain parts count as opened.
    var leavingKeysShrouded: Envelope {
        var envelope = self
        envelope.parts = parts.map { part in
            guard case .plain(let bags) = part else { return part }
            return .plain(bags.map(\.leftShrouded))
        }
        return envelope
    }

    /// What can be seen to be encrypted before anything is opened: whole parts first, then keys in plain parts.
    var locks: [Lock] {
        var whole: [Lock] = []
        var keys: [Lock] = []
        for part in parts {
            switch part {
            case .encrypted(let scheme, let ciphertext): whole.append(Lock(scheme, ciphertext))
            case .plain(let bags): keys += bags.flatMap(\.shrouds).map { Lock($0.scheme, $0.ciphertext) }
            }
        }
        return whole + keys
    }

    /// Windows keeps the random password of such a file in a secret bag beside the encrypted parts.
    var holdsProtectedPassword: Bool {
        parts.contains { part in
            guard case .plain(let bags) = part else { return false }
            return bags.contains { bag in
                guard case .open(let bag) = bag, case .secret(OID.protectedPassword, _) = bag.value else {
                    return false
                }
                return true
            }
        }
    }
}
