extension PreparedRun {
    /// Whether attempts that died have left journals that this run does not take up, and with them maybe temporary files that
    /// nobody else would remove: attempts at shares of another number, or, for a run over all inputs, at any.
    var hasAbandonedJournals: Bool {
        let folder = ShardFiles.folder(besides: configuration.manifestPath)
        let listing = try? FolderListing(folder) { name in
            let name = FilePath(name)
            return name.hasSuffix(ShardFiles.journalSuffix) && shardFiles?.isOfAnotherNumber(name) ?? true
        }
        guard let listing else { return false }
        return (0..<listing.count).contains { index in
            guard let journal = Journal.existing(folder.appending(FilePath(listing[index].bytes))),
                FileStatus(journal.file)?.kind == .file
            else { return false }
            return journal.file.lock()
        }
    }
}
