/// How far a run is, and how fast it goes.
struct ProgressSnapshot: Equatable {
    var done = 0
    var failed = 0
    var total = 0
    /// Items a second, as of late; nil until that can be told.
    var rate: Double?

    /// Seconds; nil where that cannot be told.
    var left: Double? {
        guard let rate, rate > 0, done < total else { return nil }
        return Double(total - done) / rate
    }

    /// Such as `4321 of 10000 files, 2 failed`.
    func counts(noun: String) -> String {
        "\(done) of \(total) \(noun)s" + (failed == 0 ? "" : ", \(failed) failed")
    }

    /// Such as `210/s`; slow runs count by minutes.
    var rateText: String? {
        guard let rate, rate > 0 else { return nil }
        if rate >= 10 { return "\(Int(min(rate, 1e9).rounded()))/s" }
        return rate >= 1 ? "\(Self.tenths(rate))/s" : "\(Self.tenths(rate * 60))/min"
    }

    /// Such as `0:27 left`.
    var leftText: String? {
        left.map { "\(Self.clock($0)) left" }
    }

    private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    private static func clock(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e7).rounded(.up))
        let pair = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes, rest) = (whole / 3_600, whole % 3_600 / 60, whole % 60)
        return hours > 0 ? "\(hours):\(pair(minutes)):\(pair(rest))" : "\(minutes):\(pair(rest))"
    }
}

/// The rate of the last half minute: a run over tokens and files is not as fast in its second hour as in its first.
struct ProgressRate {
    private static let window = 30.0
    /// At most one a second, the oldest first.
    private var samples: [(time: Double, done: Int)] = []

    /// - Parameter time: in seconds, from any moment on.
    mutating func add(_ done: Int, at time: Double) {
        if let last = samples.last, samples.count > 1, time - last.time < 1 { return }
        samples.append((time, done))
        while samples.count > 2, time - samples[1].time >= Self.window { samples.removeFirst() }
    }

    /// Items a second up to `time`; nil in the first half second.
    func perSecond(_ done: Int, at time: Double) -> Double? {
        guard let first = samples.first, time - first.time >= 0.5 else { return nil }
        return Double(done - first.done) / (time - first.time)
    }
}
