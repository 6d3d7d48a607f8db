/// An open file that several hold, and any thread may read at places of its choice.
final class SharedFile: Sendable {
    let file: OpenFile

    init(_ file: consuming OpenFile) {
        self.file = file
    }
}
