import Reissue

/// The lines between two banners, and what they say.
struct DumpSection {
    private var certificate: DumpedCertificate
    /// CRLs and CTLs have sections of their own.
    private let isCertificate: Bool
    /// Of the banner; what belongs to the section by itself stands no further in.
    let depth: Int
    private var remarks: [Remark] = []
    private(set) var isEmpty = true

    private var hashes: DumpedHashes
    private var key = DumpedKey()
    /// The CERT_*_PROP_ID whose lines these are.
    private var property: Int?
    /// The lines of a subject that has one line for each part.
    private var subjectParts: [Substring]?
    /// A blank line was there since the certificate's hash: what comes now may be another text.
    private var isBehindGap = false

    init(startingWith banner: DumpLine.Banner? = nil, at line: TextLine, store: String?) {
        certificate = DumpedCertificate(store: store, number: banner?.number, line: line.number)
        isCertificate = !["CRL", "CTL"].contains(banner?.words ?? "")
        depth = line.depth
        hashes = DumpedHashes(depth: line.depth)
    }

    /// Somebody's own words are being read, of as many lines as they like.
    var isInName: Bool { property == DumpLine.Property.friendlyName }
    /// A blank line was there since the name began: certutil may have said what comes now.
    private(set) var mayBeBehindName = false
    var hasHash: Bool { !hashes.isEmpty }
    /// Where the text of an event may begin, or of anything else that was put behind a dump.
    var mayBeOver: Bool { isBehindGap && !isInName }

    /// - Parameter isName: whether the line is known to be one of a friendly name, whatever it looks like.
    mutating func read(_ line: TextLine, isName: Bool = false) {
        guard !line.isBlank else {
            endSubject()
            if hasHash { isBehindGap = true }
            mayBeBehindName = isInName
            return
        }
        defer { isEmpty = false }
        if isName { return }
        if isEmpty, line.trimmed.hasSuffix("!"), !line.has(":"), !line.has("=") {
            certificate.isArchived = true
        } else if let number = DumpLine.property(line) {
            property = number
            mayBeBehindName = false
            key.begin(property: number, at: line)
        } else if isInName {
            readBehindName(line)
        } else {
            readFact(line)
        }
    }

    /// What stands behind a friendly name that is the last property may be certutil's words or the name's next line. The
    /// key's state is taken from there, lest it be missed; a provider is not, and leaves the key undetermined.
    private mutating func readBehindName(_ line: TextLine) {
        guard mayBeBehindName || line.depth <= depth else { return }
        if let pair = DumpLine.pair(line) {
            key.readDoubtful(pair)
        } else {
            readState(line)
        }
    }

    private mutating func readFact(_ line: TextLine) {
        let text = line.trimmed
        if property == DumpLine.Property.sha1 { hashes.readProperty(text) }
        if let hash = DumpLine.hash(line) {
            endSubject()
            hashes.read(hash, line)
            return
        }
        if subjectParts != nil, line.depth > depth, line.has("=") {
            subjectParts?.append(text)
            return
        }
        endSubject()
        if certificate.publicKey == nil { certificate.publicKey = DumpLine.publicKey(text) }
        if let pair = DumpLine.pair(line) {
            key.read(pair, line, isBehindHash: hasHash)
        } else if let labelled = DumpLine.labelled(line), DumpWords.subject.contains(labelled.label) {
            if labelled.value.isEmpty { subjectParts = [] } else { setSubject(String(labelled.value)) }
        } else {
            readState(line)
        }
    }

    private mutating func readState(_ line: TextLine) {
        let text = line.trimmed
        if key.readState(line) { return }
        if DumpWords.notExportable.contains(text) {
            certificate.isExportable = false
        } else if mayBeOver, line.depth <= depth, DumpLine.isProse(text) {
            remarks.append(
                Remark(line: line.number, text: "a sentence in a certificate's section: \(text.prefix(200))"))
        }
    }

    private mutating func endSubject() {
        if let parts = subjectParts { setSubject(parts.joined(separator: ", ")) }
        subjectParts = nil
    }

    private mutating func setSubject(_ text: String) {
        if certificate.subject == nil, !text.isEmpty { certificate.subject = text }
    }

    /// - Returns: nil where the section is none of a certificate.
    func finished() -> (DumpedCertificate, [Remark])? {
        guard isCertificate, !isEmpty else { return nil }
        var copy = self
        copy.endSubject()
        copy.key.judge(&copy.certificate, &copy.remarks)
        copy.hashes.judge(&copy.certificate, &copy.remarks)
        return (copy.certificate, copy.remarks)
    }
}
