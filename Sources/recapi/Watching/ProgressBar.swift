/// One line that shows how far a run is: counts, a bar, the rate, and the time left.
struct ProgressBar {
    private static let widest = 30
    private static let narrowest = 8

    var noun: String
    var screen: Screen

    /// Fits the screen: what matters least goes first.
    func text(_ progress: ProgressSnapshot) -> String {
        // The last column stays free: some terminals wrap when it is written.
        let room = screen.columns - 1
        let head = progress.counts(noun: noun)
        let fraction = progress.total == 0 ? 1 : Double(progress.done) / Double(progress.total)
        let tail = ["\(Int(fraction * 100))%", progress.rateText, progress.leftText].compactMap(\.self)
        for count in stride(from: tail.count, through: 0, by: -1) {
            let end = tail.prefix(count).map { "  " + $0 }.joined()
            let free = room - head.count - end.count - 4
            if free >= Self.narrowest { return head + bar(fraction, min(free, Self.widest), progress) + end }
            if head.count + end.count <= room { return head + end }
        }
        return String(head.prefix(max(0, room)))
    }

    private func bar(_ fraction: Double, _ width: Int, _ progress: ProgressSnapshot) -> String {
        let full = min(width, Int(fraction * Double(width)))
        let (done, open) = screen.isUnicode ? ("█", "░") : ("#", "-")
        let filled = String(repeating: done, count: full)
        let colour = progress.failed == 0 ? "\u{1B}[32m" : "\u{1B}[33m"
        let coloured = screen.hasColours && full > 0 ? colour + filled + "\u{1B}[0m" : filled
        return "  [" + coloured + String(repeating: open, count: width - full) + "]"
    }
}
