import FoundationEssentials

extension ItemText {
    /// The item for a manifest in another folder, which the output's path is relative to.
    func moved(from old: FilePath, to new: FilePath) -> [UInt8] {
        guard let shown = path("output", "outputBytes") else { return bytes }
        let output = old.appending(shown)
        let moved = output.relative(to: new).map { FilePath($0) } ?? output
        if moved == shown { return bytes }
        if range("outputBytes") == nil, moved.encodedWhenNotUTF8 == nil,
            let text = try? makeJSONEncoder().encode(moved.text)
        {
            return replacing(["output": String(decoding: text, as: UTF8.self)])
        }
        guard var item = try? JSONDecoder().decode(Manifest.Item.self, from: Data(bytes)) else { return bytes }
        item.setOutput(output, manifestFolder: new)
        return item.line()
    }
}

extension SharedFile {
    /// The item that a manifest or journal has at a place, as JSON without blanks, for a manifest in `new`.
    ///
    /// - Parameters:
    ///   - isJournal: whether it is a journal, which has no blanks in it anyway.
    ///   - old: the folder that its output's path is relative to.
    /// - Throws: ``SystemError`` where it cannot be read.
    func item(
        at place: Range<Int>, isJournal: Bool = false, from old: FilePath, to new: FilePath
    ) throws -> [UInt8] {
        var text = try file.read(place.count, at: place.lowerBound)
        if !isJournal { text = JSONLayout.compact(text) }
        return old == new ? text : ItemText(text)?.moved(from: old, to: new) ?? text
    }
}
