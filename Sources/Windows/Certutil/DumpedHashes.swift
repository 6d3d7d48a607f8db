/// The hashes of a section, and which of them is the certificate's own SHA-1.
struct DumpedHashes {
    /// Of the section.
    let depth: Int
    private var all: [(hash: DumpLine.Hash, line: TextLine)] = []
    /// CERT_SHA1_HASH_PROP_ID.
    private var property: Substring?

    init(depth: Int) {
        self.depth = depth
    }

    /// Whether none was read that could be the certificate's.
    var isEmpty: Bool { !all.contains { DumpWords.certificateHash.contains($0.hash.label) || isOwn($0) } }

    mutating func read(_ hash: DumpLine.Hash, _ line: TextLine) {
        all.append((hash, line))
    }

    mutating func readProperty(_ text: Substring) {
        if property == nil, DumpLine.thumbprint(text) != nil { property = text }
    }

    /// Sets the thumbprint, unless there are two that differ: a subject or a name may look like one, and which it is
    /// nobody can tell.
    func judge(_ certificate: inout DumpedCertificate, _ remarks: inout [Remark]) {
        let found = certificateHashes()
        let named = property.flatMap { DumpLine.thumbprint($0) }
        guard let first = found.first else {
            certificate.thumbprint = named
            if named == nil { remarks.append(Remark(line: certificate.line, text: "no SHA-1 hash is shown here")) }
            return
        }
        if let bad = found.first(where: { DumpLine.thumbprint($0.hash.value) == nil }) {
            remarks.append(
                Remark(line: bad.line.number, text: "a SHA-1 hash that is not 40 hex digits: \(bad.line.trimmed)"))
            return
        }
        let thumbprint = DumpLine.thumbprint(first.hash.value)
        if let other = found.first(where: { DumpLine.thumbprint($0.hash.value) != thumbprint }) {
            // Two certificates may have run into one, and whose key this is nobody can tell either.
            certificate.kind = .undetermined
            certificate.provider = nil
            remarks.append(
                Remark(line: other.line.number, text: "the certificate has a second SHA-1 hash: \(other.line.trimmed)"))
        } else if let named, named != thumbprint {
            remarks.append(
                Remark(line: first.line.number, text: "the certificate's property has another SHA-1 hash"))
        } else {
            certificate.thumbprint = thumbprint
        }
    }

    /// The lines that are called so, or else the only one that it can be.
    private func certificateHashes() -> [(hash: DumpLine.Hash, line: TextLine)] {
        let known = all.filter {
            $0.hash.algorithm == "sha1" && DumpWords.certificateHash.contains($0.hash.label)
        }
        if !known.isEmpty { return known }
        // Key identifiers have an rfc-sha1 as well, and names stand further in.
        let keyLabels = Set(all.filter { $0.hash.algorithm == "rfc-sha1" }.map(\.hash.label))
        let possible = all.filter { isOwn($0) && !keyLabels.contains($0.hash.label) }
        return possible.count == 1 ? possible : []
    }

    private func isOwn(_ entry: (hash: DumpLine.Hash, line: TextLine)) -> Bool {
        entry.hash.algorithm == "sha1" && entry.line.depth == depth && !DumpWords.otherHash.contains(entry.hash.label)
    }
}
