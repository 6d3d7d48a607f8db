import Reissue

/// What a section says of the certificate's key.
struct DumpedKey {
    private struct Provider {
        var name: Substring
        /// Its label is a known word for "provider".
        var isLabelled: Bool
        var isInKeyInfo: Bool
        var line: Int
    }

    private struct Number {
        var value: Int?
        var line: TextLine
    }

    private var providers: [Provider] = []
    private var keySpecs: [Number] = []
    private var types: [Number] = []
    private var property: Int?
    /// There is a key, whether or not its provider is understood.
    private var isDescribed = false
    /// The line that says that there is none.
    private var denial: Int?
    private var isMissing = false
    private var hasPassed = false
    private var hasFailed = false
    /// Where certutil began to try CNG instead: what it prints then is of the trial.
    private var forcedTest: Int?
    private var unendedTest: Int?

    mutating func begin(property number: Int, at line: TextLine) {
        property = number
        if number == DumpLine.Property.keyInfo { isDescribed = true }
        if let test = forcedTest { unendedTest = test }
        forcedTest = nil
    }

    mutating func read(_ pair: DumpLine.Pair, _ line: TextLine, isBehindHash: Bool) {
        guard forcedTest == nil else { return }
        let label = pair.label.lowercased()
        if DumpWords.container.contains(pair.label) {
            isDescribed = true
        } else if label == "keyspec" || isKeySpec(pair) {
            keySpecs.append(Number(value: DumpLine.number(pair.value), line: line))
        } else if label == "providertype" || isBehindProvider(line) {
            types.append(Number(value: DumpLine.number(pair.value), line: line))
        } else if isProvider(pair) {
            providers.append(
                Provider(
                    name: pair.value, isLabelled: DumpWords.provider.contains(pair.label), isInKeyInfo: isInKeyInfo,
                    line: line.number))
        } else if isBehindHash, property == nil {
            // Only a key has pairs there, under whatever label.
            isDescribed = true
        }
    }

    /// A pair that may be of a name.
    mutating func readDoubtful(_ pair: DumpLine.Pair) {
        if isProvider(pair) || DumpWords.container.contains(pair.label) { isDescribed = true }
    }

    /// - Returns: whether the line was understood.
    mutating func readState(_ line: TextLine) -> Bool {
        let text = line.trimmed
        if text.hasPrefix("Begin force NCrypt") {
            forcedTest = line.number
        } else if text.hasPrefix("End force NCrypt") {
            forcedTest = nil
        } else if text.hasPrefix("No key provider information") {
            denial = line.number
        } else if DumpWords.missingKey.contains(text) || text.hasPrefix("Cannot open the ")
            || text.utf8.count > 9 && text.contains("0x80090016")
        {
            isMissing = true
        } else if forcedTest == nil, DumpWords.failedTest.containsEnd(of: text) {
            hasFailed = true
        } else if forcedTest == nil, DumpWords.tested.containsEnd(of: text) {
            hasPassed = true
        } else {
            return false
        }
        return true
    }

    private var isInKeyInfo: Bool { property == DumpLine.Property.keyInfo }

    private func isProvider(_ pair: DumpLine.Pair) -> Bool {
        DumpWords.provider.contains(pair.label) || WindowsProviders.kind(of: String(pair.value)) != .unspecified
    }

    /// Under a label that is translated it comes behind the provider.
    private func isKeySpec(_ pair: DumpLine.Pair) -> Bool {
        isInKeyInfo && providers.last?.isInKeyInfo == true
            && (pair.value.contains(" -- AT_") || pair.value.contains(" -- XCN_AT_"))
    }

    /// In the key's property the type comes in the line behind the provider, under a label that may be translated.
    private func isBehindProvider(_ line: TextLine) -> Bool {
        isInKeyInfo && providers.last?.line == line.number - 1
    }
}

// MARK: - Judging

extension DumpedKey {
    /// Sets what is said of the key. Where the section contradicts itself, nothing is taken from it.
    func judge(_ certificate: inout DumpedCertificate, _ remarks: inout [Remark]) {
        certificate.keySpec = Self.one(keySpecs, "a KeySpec", &remarks)
        let type = Self.one(
            types.map { Number(value: $0.value.map { $0.signum() }, line: $0.line) }, "a provider type", &remarks)
        if hasFailed { certificate.isKeyTested = false } else if hasPassed { certificate.isKeyTested = true }
        if let line = forcedTest ?? unendedTest {
            remarks.append(Remark(line: line, text: "a test that does not end: what stands behind it was left out"))
        }
        certificate.kind = .undetermined
        let labelled = providers.filter(\.isLabelled)
        let candidates = labelled.isEmpty ? providers : labelled
        guard let first = candidates.first(where: \.isInKeyInfo) ?? candidates.first else {
            guard isDescribed || !types.isEmpty || !keySpecs.isEmpty || forcedTest != nil || unendedTest != nil else {
                certificate.kind = .noKey
                return
            }
            remarks.append(
                Remark(line: certificate.line, text: "a key is described, and no provider that is known here"))
            return
        }
        if let other = candidates.first(where: { $0.name.lowercased() != first.name.lowercased() }) {
            remarks.append(
                Remark(line: other.line, text: "the certificate has a second provider: \(first.name) and \(other.name)")
            )
            return
        }
        certificate.provider = String(first.name)
        if let denial {
            remarks.append(Remark(line: denial, text: "there is no provider, it says, and it names \(first.name)"))
            return
        }
        certificate.kind = kind(of: first, type, &remarks)
    }

    /// By the provider's name; by its type, as far as that is zero or not, where nobody knows the name.
    private func kind(of provider: Provider, _ type: Int?, _ remarks: inout [Remark]) -> DumpedCertificate.Kind {
        if isMissing { return .keyMissing }
        switch (WindowsProviders.kind(of: String(provider.name)), type) {
        case (.capi1, 0?):
            remarks.append(
                Remark(line: provider.line, text: "\(provider.name) is of CAPI1, and its type is that of CNG"))
            return .undetermined
        case (.cng, _), (.unspecified, 0?): return .cng
        case (.capi1, _), (.unspecified, _?): return .capi1
        case (.unspecified, nil):
            remarks.append(
                Remark(
                    line: provider.line,
                    text: "the provider \(provider.name) is not known here, and its type is not shown"))
            return .undetermined
        }
    }

    /// - Returns: nil where there is none, or where there are two that differ.
    private static func one(_ numbers: [Number], _ what: String, _ remarks: inout [Remark]) -> Int? {
        if let bad = numbers.first(where: { $0.value == nil }) {
            remarks.append(Remark(line: bad.line.number, text: "\(what) that is no number: \(bad.line.trimmed)"))
            return nil
        }
        guard let first = numbers.first else { return nil }
        if let other = numbers.first(where: { $0.value != first.value }) {
            remarks.append(
                Remark(line: other.line.number, text: "\(what) that differs from one before: \(other.line.trimmed)"))
            return nil
        }
        return first.value
    }
}
