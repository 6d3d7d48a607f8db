/// Why an item is to be worked on.
public enum WorkReason: String, Sendable, Codable, CaseIterable {
    /// No run has recorded it.
    case new
    /// The source is not what it was.
    case changed
    /// The profile, the limits, the place of outputs, the source of a password, or recapi itself is not what it was.
    case settings
    case outputMissing
    /// The output is not what was written.
    case outputChanged
    /// It failed the last time.
    case failed
    /// The last run was stopped before it came to it.
    case interrupted
    /// The source cannot be read: it will fail.
    case unreadable
    /// The run was told to do everything anew.
    case forced
}

/// What a run works on.
public enum Redo: Sendable {
    /// All but what earlier runs have done and that still holds.
    case whatChanged
    /// Everything.
    case everything
    /// What the last run recorded as failed.
    case failures
}
