/// Names that Windows keeps for devices, in any case and with any extension.
///
/// Source: learn.microsoft.com, "Naming Files, Paths, and Namespaces".
package enum DeviceNames {
    package static func contains(_ name: some StringProtocol) -> Bool {
        var stem = name.prefix { $0 != "." }.uppercased()
        while let last = stem.last, last == " " || last == "$" { stem.removeLast() }
        return all.contains(stem)
    }

    private static let all: Set<String> = Set(
        ["CON", "PRN", "AUX", "NUL", "CONIN", "CONOUT", "CLOCK"]
            + (Array(0...9).map(String.init) + ["¹", "²", "³"]).flatMap { ["COM\($0)", "LPT\($0)"] })
}
