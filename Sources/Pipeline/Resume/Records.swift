import Synchronization

/// An earlier run's record of a source that still is one.
struct FoundItem {
    var index: Int
    /// Where the item's text is.
    var place: Range<Int>
    var status: Manifest.Status
}

/// What is recorded of each source of a run: by earlier runs, until this one has looked whether it still holds, and by
/// this one.
///
/// Only where the records are is kept, in 16 bytes a source; they are in the journal and in earlier runs' files.
final class Records: Sendable {
    /// What one file has of earlier runs.
    struct Part {
        enum Kind {
            /// Of runs whose work is their own.
            case manifest
            /// A journal that this run takes up, so that its work counts as this run's.
            case takenUp
        }

        var items: [FoundItem]
        var file: SharedFile
        /// What the outputs' paths are relative to.
        var folder: FilePath
        var kind: Kind
        /// Whether a run that was to do everything anew, and did not come to its end, made them: to go on with it, they are
        /// done.
        var isMadeAnew = false
    }

    fileprivate enum State: UInt8 {
        case nothing
        /// An earlier run's, which may hold or not.
        case candidate
        /// An earlier run's that still holds.
        case held
        /// An earlier run's that is taken over as it is.
        case takenOver
        /// This run's.
        case made
    }

    fileprivate struct Place {
        var offset = 0
        var length: UInt32 = 0
        /// The number of its file.
        var file: UInt16 = 0
        var state = State.nothing
        var status = Manifest.Status.failed

        var range: Range<Int> { offset..<(offset + Int(length)) }
    }

    private struct File {
        var file: SharedFile?
        var folder: FilePath
        var kind: Part.Kind
        var isMadeAnew: Bool
    }

    /// A record of an earlier run.
    struct Known {
        var item: ItemText
        var status: Manifest.Status
        /// See ``Part/isMadeAnew``.
        var isMadeAnew: Bool
    }

    // Workers look records up while the recording queue makes others.
    private let places: Mutex<[Place]>
    /// The run's own journal is the last.
    private let files: [File]
    private let folder: FilePath

    /// - Parameters:
    ///   - count: the number of sources.
    ///   - folder: of the run's manifest, which paths of outputs are relative to.
    ///   - earlier: of several records of one source the last counts.
    ///   - journal: the run's own, and what was found in it, which goes before all else.
    init(
        count: Int, folder: FilePath, earlier: [Part],
        journal: (items: [FoundItem], file: SharedFile?, isMadeAnew: Bool)
    ) {
        var places = Array(repeating: Place(), count: count)
        // Attempts beyond what a number of two bytes tells apart are too many to look at; the newest are the last.
        let earlier = earlier.suffix(Int(UInt16.max))
        for (number, items) in (earlier.map(\.items) + [journal.items]).enumerated() {
            for item in items {
                places[item.index] = Place(
                    offset: item.place.lowerBound, length: UInt32(item.place.count), file: UInt16(number),
                    state: .candidate, status: item.status)
            }
        }
        self.places = Mutex(places)
        self.folder = folder
        files =
            earlier.map { File(file: $0.file, folder: $0.folder, kind: $0.kind, isMadeAnew: $0.isMadeAnew) }
            + [File(file: journal.file, folder: folder, kind: .takenUp, isMadeAnew: journal.isMadeAnew)]
    }

    /// The sources that earlier runs have recorded.
    var candidates: [Int] {
        places.withLock { places in places.indices.filter { places[$0].state == .candidate } }
    }

    /// What is recorded of a source; nil where that is nothing, or cannot be read.
    func known(_ index: Int) -> Known? {
        let place = places.withLock { $0[index] }
        guard place.state != .nothing, let bytes = try? text(place), let item = ItemText(bytes) else { return nil }
        return Known(item: item, status: place.status, isMadeAnew: files[Int(place.file)].isMadeAnew)
    }

    /// Has an earlier record count for this run: as it is where that run is the one that is taken up, and where it was not
    /// looked at.
    ///
    /// - Returns: as what it counts.
    func keep(_ index: Int, isHeld: Bool) -> Manifest.Status {
        places.withLock { places in
            places[index].state = isHeld ? .held : .takenOver
            if isHeld, files[Int(places[index].file)].kind == .manifest { places[index].status = .unchanged }
            return places[index].status
        }
    }

    /// - Parameter place: in the journal.
    func record(_ index: Int, _ status: Manifest.Status, at place: Range<Int>) {
        places.withLock {
            $0[index] = Place(
                offset: place.lowerBound, length: UInt32(place.count), file: UInt16(files.count - 1), state: .made,
                status: status)
        }
    }

    /// The sources that are recorded for this run as `status`, in order.
    func sources(_ status: Manifest.Status) -> some Sequence<Int> {
        let count = places.withLock(\.count)
        return (0..<count).lazy.filter { index in
            self.places.withLock { $0[index].status == status && $0[index].isFinal }
        }
    }

    /// Calls `body` with this run's item of each source, as JSON without blanks, in the order of the sources.
    func forEachItem(_ body: ([UInt8]) throws -> Void) throws {
        for index in 0..<places.withLock(\.count) {
            let place = places.withLock { $0[index] }
            guard place.isFinal else { continue }
            try body(try finalText(place))
        }
    }

    /// A record as it counts for this run.
    func item(_ index: Int) throws -> [UInt8] { try finalText(places.withLock { $0[index] }) }

    private func finalText(_ place: Place) throws -> [UInt8] {
        let text = try text(place)
        guard place.state == .held, files[Int(place.file)].kind == .manifest else { return text }
        return ItemText(text)?.replacing(["status": "\"unchanged\"", "durationMilliseconds": "0"]) ?? text
    }

    private func text(_ place: Place) throws -> [UInt8] {
        let file = files[Int(place.file)]
        return try file.file?.item(
            at: place.range, isJournal: file.kind == .takenUp, from: file.folder, to: folder) ?? []
    }
}

extension Records.Place {
    fileprivate var isFinal: Bool { state != .nothing && state != .candidate }
}
