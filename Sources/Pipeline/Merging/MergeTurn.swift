import Glibc

/// Merges of the same shares take turns: one that has read less must not replace what another has made of more, and removed.
final class MergeTurn: Sendable {
    private let folder: OpenFile

    /// - Parameter folder: where the shares' manifests are.
    /// - Returns: nil where there is no such folder, and so nothing in it that a merge could remove.
    /// - Throws: ``PipelineError`` `outputBusy`.
    init?(_ folder: FilePath) throws(PipelineError) {
        guard let file = try? OpenFile(folder, O_RDONLY | O_DIRECTORY) else { return nil }
        guard file.lock() else {
            throw PipelineError(
                .outputBusy, "another merge works on \(folder)\(LockHolder.text(file))",
                hint: "try again once it has ended")
        }
        self.folder = file
    }
}
