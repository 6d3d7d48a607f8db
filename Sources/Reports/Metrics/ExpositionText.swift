/// The text format of Prometheus, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).
struct ExpositionText {
    typealias Labels = [(name: String, value: String)]

    /// Ends with a line feed, as the format asks for.
    private(set) var text = ""
    /// What every sample has, before its own labels.
    let commonLabels: Labels

    init(commonLabels: Labels) {
        self.commonLabels = commonLabels
    }

    /// Nothing where there are no samples.
    mutating func gauge(_ name: String, _ help: String, _ samples: [(labels: Labels, value: Double)]) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(Self.escaped(help, quote: false))\n# TYPE \(name) gauge\n"
        for sample in samples {
            text += "\(name){\(Self.text(commonLabels + sample.labels))} \(Self.number(sample.value))\n"
        }
    }

    private static func text(_ labels: Labels) -> String {
        labels.map { #"\#($0.name)="\#(escaped($0.value, quote: true))""# }.joined(separator: ",")
    }

    /// Goes by scalars: to Swift a line feed after a carriage return is no `Character` of its own.
    private static func escaped(_ text: String, quote: Bool) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += #"\\"#.unicodeScalars
            case "\n": escaped += #"\n"#.unicodeScalars
            case "\"" where quote: escaped += #"\""#.unicodeScalars
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    /// To the millisecond, where it is a time.
    private static func number(_ value: Double) -> String {
        let value = (value * 1_000).rounded() / 1_000
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }

    /// The value of a gauge with the common labels alone, in metrics that were written before; nil where it is not there.
    func earlierValue(_ name: String, in bytes: [UInt8]) -> Double? {
        let start = Array("\(name){\(Self.text(commonLabels))} ".utf8)
        let line = bytes.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: start) }
        return line.flatMap { Double(String(decoding: $0.dropFirst(start.count), as: UTF8.self)) }
    }
}
