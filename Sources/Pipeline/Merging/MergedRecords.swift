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
    /// The records of sources that are to be settled by what is there: runs say they made different things, or one did not
    /// come to its end with what another had done.
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
        let text = try part.manifest.file.item(at: place.range, from: part.folder, to: folder)
        guard let item = ItemText(text) else { throw PipelineError(.manifestInvalid, "an item is not one") }
        return item
    }

    /// Has one of the records of a conflict count.
    mutating func settle(_ index: Int, by place: Place?) {
        places[index] = place
        conflicts[index] = nil
    }

    /// Has a record count only where it says what is there.
    mutating func doubt(_ index: Int) {
        guard conflicts[index] == nil, let place = places[index] else { return }
        conflicts[index] = [place]
    }

    private mutating func add(_ place: Place, _ index: Int) throws {
        guard let other = places[index] else {
            places[index] = place
            return
        }
        doubledCount += 1
        if conflicts[index] != nil {
            conflicts[index]?.append(place)
        } else if other.status == .failed, place.status == .failed {
            places[index] = place
        } else if other.status == .failed || place.status == .failed {
            conflicts[index] = [other, place]
        } else {
            try addDone(place, besides: other, index)
        }
    }

    /// Of two that made or found the same, the one who made it has more to say of it.
    private mutating func addDone(_ place: Place, besides other: Place, _ index: Int) throws {
        let folder = FilePath("/")
        if try item(place, in: folder).saysTheSame(as: try item(other, in: folder)) {
            if !(other.status == .converted && place.status == .unchanged) { places[index] = place }
        } else {
            conflicts[index] = [other, place]
        }
    }
}

extension ItemText {
    /// Whether both are of the same source and the same output; their paths are relative to one folder.
    func saysTheSame(as other: ItemText) -> Bool {
        ["sourceSHA256", "keySHA256", "output", "outputBytes", "outputSHA256"].allSatisfy {
            string($0) == other.string($0)
        }
    }
}
