import Reissue

/// The lines between two banners, and what they say.
struct DumpSection {
    private var certificate: DumpedCertificate
    /// CRLs and CTLs have sections of their own.
    private let isCertificate: Bool
    private let indentation: Substring
    private var remarks: [Remark] = []
    private(set) var isEmpty = true

    private var hashes: [(hash: DumpLine.Hash, line: TextLine)] = []
    private var providers: [Provider] = []
    private var propertyHash: Substring?
    /// The CERT_*_PROP_ID whose lines these are.
    private var property: Int?
    private var isKeyDescribed = false
    private var isKeyMissing = false
    private var isTypeZero: Bool?
    private var isForcedTest = false
    /// The lines of a subject that has one line for each part.
    private var subjectParts: [Substring]?

    private struct Provider {
        var name: Substring
        /// Its label is a known word for "provider".
        var isLabelled: Bool
        var isInKeyInfo: Bool
        var line: Int
    }

    init(startingWith banner: DumpLine.Banner? = nil, at line: TextLine, store: String?) {
        certificate = DumpedCertificate(store: store, number: banner?.number, line: line.number)
        isCertificate = !["CRL", "CTL"].contains(banner?.words ?? "")
        indentation = line.indentation
    }

    mutating func read(_ line: TextLine) {
        guard !line.isBlank else {
            endSubject()
            if property == PropertyID.friendlyName { property = nil }
            return
        }
        defer { isEmpty = false }
        if isEmpty, line.trimmed.hasSuffix("!"), !line.text.contains(where: { ":=".contains($0) }) {
            certificate.isArchived = true
        } else if let number = DumpLine.property(line) {
            property = number
        } else if property == PropertyID.friendlyName, line.indentation.count > indentation.count {
            // Somebody's own words, whatever they look like.
        } else {
            readFact(line)
        }
    }

    private enum PropertyID {
        static let keyInfo = 2
        static let sha1 = 3
        static let friendlyName = 11
    }

    private mutating func readFact(_ line: TextLine) {
        let text = line.trimmed
        if property == PropertyID.sha1, propertyHash == nil, DumpLine.thumbprint(text) != nil { propertyHash = text }
        if let hash = DumpLine.hash(line) {
            endSubject()
            hashes.append((hash, line))
            return
        }
        if subjectParts != nil, line.indentation.count > indentation.count, text.contains("=") {
            subjectParts?.append(text)
            return
        }
        endSubject()
        if certificate.publicKey == nil { certificate.publicKey = Self.publicKey(text) }
        if let pair = DumpLine.pair(line) {
            readPair(pair, line)
        } else if let labelled = DumpLine.labelled(line), DumpWords.subject.contains(labelled.label) {
            if labelled.value.isEmpty { subjectParts = [] } else { setSubject(String(labelled.value)) }
        } else {
            readState(text)
        }
    }

    private mutating func readPair(_ pair: DumpLine.Pair, _ line: TextLine) {
        guard !isForcedTest else { return }
        if pair.label.lowercased() == "keyspec" || pair.value.contains(" -- AT_") || pair.value.contains(" -- XCN_AT_")
        {
            isKeyDescribed = true
            certificate.keySpec = DumpLine.number(pair.value)
            if certificate.keySpec == nil { remark(line, "a KeySpec that is no number") }
        } else if pair.label.lowercased() == "providertype" || isBehindProvider(line) {
            isKeyDescribed = true
            if let number = DumpLine.number(pair.value) {
                isTypeZero = number == 0
            } else {
                remark(line, "a provider type that is no number")
            }
        } else if DumpWords.container.contains(pair.label) {
            isKeyDescribed = true
        } else {
            let isLabelled = DumpWords.provider.contains(pair.label)
            guard isLabelled || WindowsProviders.kind(of: String(pair.value)) != .unspecified else { return }
            providers.append(
                Provider(
                    name: pair.value, isLabelled: isLabelled, isInKeyInfo: property == PropertyID.keyInfo,
                    line: line.number))
        }
    }

    /// In the key's property the type comes in the line behind the provider, under a label that may be translated.
    private func isBehindProvider(_ line: TextLine) -> Bool {
        property == PropertyID.keyInfo && isTypeZero == nil && providers.last?.line == line.number - 1
    }

    private mutating func readState(_ text: Substring) {
        if text.hasPrefix("Begin force NCrypt") {
            isForcedTest = true
        } else if text.hasPrefix("End force NCrypt") {
            isForcedTest = false
        } else if DumpWords.missingKey.contains(text) || text.hasPrefix("Cannot open the ")
            || text.contains("0x80090016")
        {
            isKeyMissing = true
        } else if DumpWords.notExportable.contains(text) {
            certificate.isExportable = false
        } else if DumpWords.tested.containsEnd(of: text) {
            certificate.isKeyTested = true
        }
    }

    /// By the object identifiers of RFC 3279 §2.3.
    private static func publicKey(_ text: Substring) -> String? {
        let words = text.split(whereSeparator: \.isBlank)
        if words.contains("1.2.840.10045.2.1") { return "EC" }
        if words.contains("1.2.840.113549.1.1.1") { return "RSA" }
        return nil
    }

    private mutating func endSubject() {
        if let parts = subjectParts { setSubject(parts.joined(separator: ", ")) }
        subjectParts = nil
    }

    private mutating func setSubject(_ text: String) {
        if certificate.subject == nil, !text.isEmpty { certificate.subject = text }
    }

    private mutating func remark(_ line: TextLine, _ text: String) {
        remarks.append(Remark(line: line.number, text: "\(text): \(line.trimmed)"))
    }
}

// MARK: - Judging

extension DumpSection {
    /// - Returns: nil where the section is none of a certificate.
    func finished() -> (DumpedCertificate, [Remark])? {
        var copy = self
        copy.endSubject()
        copy.judgeThumbprint()
        copy.judgeProvider()
        return copy.isCertificate && !copy.isEmpty ? (copy.certificate, copy.remarks) : nil
    }

    private mutating func judgeThumbprint() {
        let found = certificateHash()
        let named = propertyHash.flatMap { DumpLine.thumbprint($0) }
        guard let found else {
            certificate.thumbprint = named
            if named == nil { remarks.append(Remark(line: certificate.line, text: "no SHA-1 hash is shown here")) }
            return
        }
        guard let thumbprint = DumpLine.thumbprint(found.hash.value) else {
            remark(found.line, "a SHA-1 hash that is not 40 hex digits")
            return
        }
        guard named == nil || named == thumbprint else {
            remark(found.line, "the certificate's property has another SHA-1 hash")
            return
        }
        certificate.thumbprint = thumbprint
    }

    /// The line with the certificate's own SHA-1: the one that is called so, or else the only one that it can be.
    private func certificateHash() -> (hash: DumpLine.Hash, line: TextLine)? {
        let sha1 = hashes.filter { $0.hash.algorithm == "sha1" }
        if let known = sha1.first(where: { DumpWords.certificateHash.contains($0.hash.label) }) { return known }
        // Key identifiers have an rfc-sha1 as well, and names stand further in.
        let keyLabels = Set(hashes.filter { $0.hash.algorithm == "rfc-sha1" }.map(\.hash.label))
        let possible = sha1.filter {
            $0.line.indentation == indentation && !DumpWords.otherHash.contains($0.hash.label)
                && !keyLabels.contains($0.hash.label)
        }
        return possible.count == 1 ? possible[0] : nil
    }

    private mutating func judgeProvider() {
        let labelled = providers.filter(\.isLabelled)
        let candidates = labelled.isEmpty ? providers : labelled
        guard let first = candidates.first(where: \.isInKeyInfo) ?? candidates.first else {
            certificate.kind = isKeyDescribed ? .undetermined : .noKey
            if isKeyDescribed {
                remarks.append(
                    Remark(line: certificate.line, text: "a key is described, and no provider that is known here"))
            }
            return
        }
        if let other = candidates.first(where: { $0.name.lowercased() != first.name.lowercased() }) {
            certificate.kind = .undetermined
            remarks.append(
                Remark(line: other.line, text: "the certificate has a second provider: \(first.name) and \(other.name)")
            )
            return
        }
        certificate.provider = String(first.name)
        certificate.kind = kind(of: first)
    }

    /// By the provider's name; by its type, as far as that is zero or not, where nobody knows the name.
    private mutating func kind(of provider: Provider) -> DumpedCertificate.Kind {
        if isKeyMissing { return .keyMissing }
        switch (WindowsProviders.kind(of: String(provider.name)), isTypeZero) {
        case (.cng, _), (.unspecified, true?): return .cng
        case (.capi1, _), (.unspecified, false?): return .capi1
        case (.unspecified, nil):
            remarks.append(
                Remark(
                    line: provider.line,
                    text: "the provider \(provider.name) is not known here, and its type is not shown"))
            return .undetermined
        }
    }
}
