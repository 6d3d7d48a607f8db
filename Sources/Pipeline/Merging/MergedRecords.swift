/// What several manifests say of each source, and which of their records count.
///
/// Only where the records are is kept, in 24 bytes a source.
struct MergedRecords {
    /// A manifest that counts.
    struct Part {
        var manifest: LastManifest
        /// What its outputs' paths are relative to.
        var folder: FilePath
    }

    struct Place {
        var range: Range<Int>
        var part: UInt32
        var status: Manifest.Status
    }

    private(set) var parts: [Part] = []
    private(set) var places: [Place?]
    /// How many records there are of sources that have another one.
    private(set) var doubledCount = 0
    /// The records of sources that are not there.
    private(set) var gone = GoneItems()
    /// The records of sources of which runs say they made different things, to be settled by what is there.
    private(set) var conflicts: [Int: [Place]] = [:]

    init(count: Int) {
        places = Array(repeating: nil, count: count)
    }

    /// Takes the records of a manifest, which goes before those that were taken before where they say the same.
    ///
    /// - Parameter isWanted: whether it counts, by its head, which comes after its items.
    /// - Returns: false where it does not.
    /// - Throws: ``PipelineError`` `notFound`, `manifestInvalid`, `readFailed`; what the providers throw.
    mutating func add(
        _ path: FilePath, _ plan: OutputPlan, _ digester: Digester, isWanted: (Manifest) -> Bool
    ) throws -> Bool {
        var finder = SourceFinder(plan)
        var found: [(index: Int, place: Place)] = []
        var gone: [GoneItems.Found] = []
        let part = UInt32(parts.count)
        let manifest = try LastManifest(path, digester) { item, range, isGone in
            guard let status = item.string("status").flatMap(Manifest.Status.init) else { return }
            guard let index = finder.index(of: item) else { return gone.append(.init(item, range)) }
            // One that has come back since has no record of that run.
            if isGone { return }
            found.append((index, Place(range: range, part: part, status: status)))
        }
        guard let manifest else { throw PipelineError(.notFound, "there is no manifest \(path)") }
        guard isWanted(manifest.head) else { return false }
        parts.append(Part(manifest: manifest, folder: path.folder))
        self.gone.add(gone, in: manifest.file, folder: path.folder)
        for (index, place) in found { try add(place, index) }
        return true
    }

    /// A record as JSON without blanks, for a manifest in `folder`.
    func item(_ place: Place, in folder: FilePath) throws -> ItemText {
        let part = parts[Int(place.part)]
        let bytes = JSONLayout.compact(
            try part.manifest.file.file.read(place.range.count, at: place.range.lowerBound))
        guard let item = ItemText(bytes) else { throw PipelineError(.manifestInvalid, "an item is not one") }
        return part.folder == folder ? item : ItemText(item.moved(from: part.folder, to: folder)) ?? item
    }

    /// Has one of the records of a conflict count.
    mutating func settle(_ index: Int, by place: Place?) {
        places[index] = place
        conflicts[index] = nil
    }

    private mutating func add(_ place: Place, _ index: Int) throws {
        guard let other = places[index] else {
            places[index] = place
            return
        }
        doubledCount += 1
        switch (other.status == .failed, place.status == .failed) {
        case (false, true): return
        case (true, _): places[index] = place
        case (false, false): try addDone(place, besides: other, index)
        }
    }

    /// Of two that made or found the same, the one who made it has more to say of it.
    private mutating func addDone(_ place: Place, besides other: Place, _ index: Int) throws {
        if conflicts[index] == nil, try saysTheSame(place, other) {
            if !(other.status == .converted && place.status == .unchanged) { places[index] = place }
        } else {
            conflicts[index, default: [other]].append(place)
        }
    }

    private func saysTheSame(_ one: Place, _ other: Place) throws -> Bool {
        let folder = FilePath("/")
        let (one, other) = (try item(one, in: folder), try item(other, in: folder))
        return ["sourceSHA256", "keySHA256", "output", "outputBytes", "outputSHA256"].allSatisfy {
            one.string($0) == other.string($0)
        }
    }
}
