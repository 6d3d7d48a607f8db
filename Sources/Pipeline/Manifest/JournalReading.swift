import Glibc

/// What a run that did not come to its end left in its journal.
///
/// Lines count as long as each carries the digest of the one before; the first that does not makes the one before doubtful,
/// and with it all that follows. It does not end a run: a job that runs by itself has to heal, and what is not believed is
/// only looked at again. The run says so in a note. A torn last line is a run's that was killed, and no matter.
struct JournalReading {
    /// Of several items of one source the last counts.
    private(set) var items: [FoundItem] = []
    /// Those of sources that are not there any more.
    private(set) var gone: [GoneItems.Found] = []
    /// The first is the one that was interrupted, the others took it up.
    private(set) var runs: [JournalLine.Run] = []
    /// How many items there were when a run began to do everything anew; nil where none did.
    private(set) var countBeforeForce: Int?
    /// The end of what counts.
    private(set) var end = 0
    /// The digest of the last line that counts.
    private(set) var lastDigest: String?
    /// The number, from 1, of the first line that does not count because of the chain.
    private(set) var brokenLine: Int?

    private let digest: Digester
    private let index: (ItemText) -> Int?
    private var line: [UInt8] = []
    private var lineStart = 0
    private var count = 0
    /// The last whole line, until the next one confirms it.
    private var pending: Pending?

    private struct Pending {
        var digest: String
        var start: Int
        var end: Int
        var content: JournalLine.Content
    }

    /// - Parameter index: gives the number of an item's source, where it still is one.
    /// - Throws: ``SystemError``; what the providers throw.
    init(_ file: borrowing OpenFile, _ digest: Digester, index: @escaping (ItemText) -> Int?) throws {
        self.digest = digest
        self.index = index
        try file.forEachChunk { chunk in
            guard brokenLine == nil else { return }
            var rest = chunk[...]
            while let lineEnd = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line += rest[..<lineEnd]
                rest = rest[(lineEnd + 1)...]
                try takeLine()
                if brokenLine != nil { return }
            }
            line += rest
            if line.count > LastManifest.mostHeldBytes { breakOff(at: count + 1) }
        }
        takePending()
    }

    private mutating func takeLine() throws {
        count += 1
        defer {
            lineStart += line.count + 1
            line = []
        }
        guard let (previous, content) = JournalLine.read(line) else { return breakOff(at: count) }
        if let pending, pending.digest != previous {
            self.pending = nil
            return breakOff(at: count - 1)
        }
        if pending == nil {
            guard case .run(_, version: JournalLine.version) = content, previous == nil else {
                return breakOff(at: count)
            }
        }
        takePending()
        pending = Pending(
            digest: try digest.sha256(line), start: lineStart, end: lineStart + line.count + 1, content: content)
    }

    private mutating func breakOff(at number: Int) {
        brokenLine = number
        takePending()
    }

    private mutating func takePending() {
        guard let pending else { return }
        self.pending = nil
        lastDigest = pending.digest
        end = pending.end
        switch pending.content {
        case .run(let run, _):
            runs.append(run)
            if run.force == true { countBeforeForce = items.count }
        case .item(let item, let range):
            guard let status = item.string("status").flatMap(Manifest.Status.init) else { return }
            let place = (pending.start + range.lowerBound)..<(pending.start + range.upperBound)
            guard let index = index(item) else { return gone.append(.init(item, place)) }
            items.append(FoundItem(index: index, place: place, status: status))
        }
    }
}
