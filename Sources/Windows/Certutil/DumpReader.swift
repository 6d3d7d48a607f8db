/// Reads what `certutil -store`, `-v -store`, `-dump` and `-scinfo` print: which certificate, and where its key is.
///
/// Sections are told by their banners, facts by shapes and by names that Microsoft does not translate; see ``DumpWords``
/// for the rest. What is not a dump is left for others.
struct DumpReader {
    private let lines: [TextLine]
    /// From `-scinfo`.
    private let isCard: Bool
    private var dump = CertutilDump()
    private var section: DumpSection?
    private var store: String?
    /// Where the friendly name that is being read ends, as far as that was looked for.
    private var nameEnd = (index: 0, isProperty: false)

    static func read(_ lines: [TextLine]) -> CertutilDump {
        var reader = DumpReader(lines: lines)
        for index in lines.indices { reader.read(at: index) }
        reader.closeSection()
        return reader.dump
    }

    private init(lines: [TextLine]) {
        self.lines = lines
        isCard = lines.contains { $0.trimmed.hasPrefix("--- Reader:") }
    }

    private mutating func read(at index: Int) {
        let line = lines[index]
        if let section, section.isInName, isName(at: index, in: section) {
            self.section?.read(line, isName: true)
        } else if let banner = banner(line) {
            // A banner right behind another says how deep a PFX nests; it begins no certificate.
            if section?.isEmpty == true { return }
            closeSection()
            section = DumpSection(startingWith: banner, at: line, store: store)
        } else if let name = storeHeader(at: index) {
            closeSection()
            store = name
        } else if isFooter(line) {
            closeSection()
            store = nil
            if line.trimmed.contains(" 0x") {
                dump.failures.append(Remark(line: line.number, text: String(line.trimmed)))
                dump.isComplete = dump.isComplete && !DumpWords.isFailedListing(line.trimmed)
            }
        } else if startsCertificate(line), section.map({ $0.hasHash && line.depth <= $0.depth }) ?? true {
            closeSection()
            section = DumpSection(at: line, store: store)
            section?.read(line)
        } else if let section, section.mayBeOver, line.depth <= section.depth, EventReader.isOfEvent(line) {
            closeSection()
            leaveOut(upTo: index)
        } else if section != nil {
            section?.read(line)
        } else if !isNoise(at: index) {
            dump.rest.append(line)
        }
    }

    /// What stands further in than the section's own banner is a part of it, whatever it looks like.
    private func banner(_ line: TextLine) -> DumpLine.Banner? {
        line.depth <= section?.depth ?? line.depth ? DumpLine.banner(line) : nil
    }

    private func isFooter(_ line: TextLine) -> Bool {
        line.depth <= section?.depth ?? line.depth && line.trimmed.hasPrefix("CertUtil:")
    }

    /// The lines of a block, from behind the last blank line on, are none of the dump.
    private mutating func leaveOut(upTo index: Int) {
        let start = lines[..<index].lastIndex(where: \.isBlank).map { $0 + 1 } ?? index
        dump.rest += lines[start...index]
    }

    /// Whether a line of a friendly name's, or what may be one: it is, where another property comes before the section's
    /// end, and where it stands further in than the section. A name has as many lines as it likes, and may look like
    /// anything.
    private mutating func isName(at index: Int, in section: DumpSection) -> Bool {
        if DumpLine.property(lines[index]) != nil { return false }
        if lines[index].depth > section.depth, !lines[index].isBlank, !section.mayBeBehindName { return true }
        if index >= nameEnd.index { nameEnd = endOfName(from: index, in: section) }
        return nameEnd.isProperty
    }

    private func endOfName(from index: Int, in section: DumpSection) -> (index: Int, isProperty: Bool) {
        var previous: Int?
        for index in lines.indices[index...] where !lines[index].isBlank {
            if DumpLine.property(lines[index]) != nil { return (index, true) }
            // A banner with a property right behind it is a part of the name.
            if let previous { return (previous, false) }
            let line = lines[index]
            if line.depth <= section.depth, DumpLine.banner(line) != nil || line.trimmed == "X509 Certificate:" {
                previous = index
            }
        }
        return (lines.endIndex, false)
    }

    private mutating func closeSection() {
        guard let section else { return }
        self.section = nil
        guard let (certificate, remarks) = section.finished() else { return }
        dump.certificates.append(certificate)
        dump.remarks += remarks
    }

    /// The name of a store, in a line whose next one is the store's first banner.
    private func storeHeader(at index: Int) -> String? {
        guard let name = DumpLine.storeHeader(lines[index]), let next = nextLine(after: index),
            let banner = DumpLine.banner(next)
        else { return nil }
        if lines[index].text.contains("\"") { return name }
        return banner.number == 0 && (section == nil || Self.storeNames.contains(name.lowercased())) ? name : nil
    }

    /// Whether a dump begins here whose banner was cut off.
    private func startsCertificate(_ line: TextLine) -> Bool {
        guard let labelled = DumpLine.labelled(line) else { return false }
        return labelled.label == "X509 Certificate"
            || DumpWords.serialNumber.contains(labelled.label) && labelled.value.utf8.allSatisfy(\.isHexDigit)
                && !labelled.value.isEmpty
    }

    /// Blank lines, what consoles and pages put around a dump, and what -scinfo says of readers before its first banner.
    private func isNoise(at index: Int) -> Bool {
        let text = lines[index].trimmed
        if text.allSatisfy({ !$0.isLetter && !$0.isNumber }) { return true }
        if text.lowercased().contains("certutil"), text.contains(">") || text.lowercased().hasPrefix("certutil") {
            return true
        }
        // The prompt for a PFX's password.
        if text.hasSuffix(":"), let next = nextLine(after: index), DumpLine.banner(next) != nil { return true }
        return isCard
    }

    private func nextLine(after index: Int) -> TextLine? {
        lines[(index + 1)...].first { !$0.isBlank }
    }

    /// Of those that a server has, in lower case.
    private static let storeNames: Set<String> = [
        "my", "ca", "root", "trust", "trustedpeople", "trustedpublisher", "disallowed", "authroot", "webhosting",
        "smartcardroot", "request",
    ]
}
