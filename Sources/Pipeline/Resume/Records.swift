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
/// Only where the records are is kept, in 16 bytes a source; they are in the journal and the last manifest.
final class Records: Sendable {
    enum Origin: UInt8 {
        case journal
        /// That of the last run that came to its end.
        case manifest
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
        var origin = Origin.journal
        var state = State.nothing
        var status = Manifest.Status.failed

        var range: Range<Int> { offset..<(offset + Int(length)) }
    }

    /// A record of an earlier run.
    struct Known {
        var item: ItemText
        var status: Manifest.Status
    }

    // Workers look records up while the recording queue makes others.
    private let places: Mutex<[Place]>
    private let journal: SharedFile?
    private let manifest: SharedFile?

    /// - Parameters:
    ///   - count: the number of sources.
    ///   - journal: what was found in the journal, and that; its records go before the manifest's.
    init(
        count: Int, journal: (items: [FoundItem], file: SharedFile?), manifest: (items: [FoundItem], file: SharedFile?)
    ) {
        var places = Array(repeating: Place(), count: count)
        for (items, origin) in [(manifest.items, Origin.manifest), (journal.items, .journal)] {
            for item in items {
                places[item.index] = Place(
                    offset: item.place.lowerBound, length: UInt32(item.place.count), origin: origin, state: .candidate,
                    status: item.status)
            }
        }
        self.places = Mutex(places)
        self.journal = journal.file
        self.manifest = manifest.file
    }

    /// The sources that earlier runs have recorded.
    var candidates: [Int] {
        places.withLock { places in places.indices.filter { places[$0].state == .candidate } }
    }

    /// What is recorded of a source; nil where that is nothing, or cannot be read.
    func known(_ index: Int) -> Known? {
        let place = places.withLock { $0[index] }
        guard place.state != .nothing, let bytes = try? text(place), let item = ItemText(bytes) else { return nil }
        return Known(item: item, status: place.status)
    }

    /// Has an earlier record count for this run: as it is where that run is the one that is taken up, and where it was not
    /// looked at.
    ///
    /// - Returns: as what it counts.
    func keep(_ index: Int, isHeld: Bool) -> Manifest.Status {
        places.withLock { places in
            places[index].state = isHeld ? .held : .takenOver
            if isHeld, places[index].origin == .manifest { places[index].status = .unchanged }
            return places[index].status
        }
    }

    /// - Parameter place: in the journal.
    func record(_ index: Int, _ status: Manifest.Status, at place: Range<Int>) {
        places.withLock {
            $0[index] = Place(
                offset: place.lowerBound, length: UInt32(place.count), origin: .journal, state: .made, status: status)
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
        guard place.state == .held, place.origin == .manifest else { return text }
        return ItemText(text)?.replacing(["status": "\"unchanged\"", "durationMilliseconds": "0"]) ?? text
    }

    private func text(_ place: Place) throws -> [UInt8] {
        switch place.origin {
        case .journal: try journal?.file.read(place.range.count, at: place.offset) ?? []
        case .manifest: JSONLayout.compact(try manifest?.file.read(place.range.count, at: place.offset) ?? [])
        }
    }
}

extension Records.Place {
    fileprivate var isFinal: Bool { state != .nothing && state != .candidate }
}
