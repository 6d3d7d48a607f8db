import Synchronization

/// What is said of one run, and is no part of its configuration.
public struct RunOptions: Sendable {
    /// The manifest's `run.id`: a random UUID.
    public let identifier = randomIdentifier()
    public var redo = Redo.whatChanged
    /// How long to wait for another run that works on the same outputs or manifest.
    public var patience = Duration.zero
    /// Called once, with the error that ends the wait if nothing else does.
    public var whenWaiting: (@Sendable (PipelineError) -> Void)?
    /// Called once, with the number of items, before the first of them is done.
    public var whenStarting: (@Sendable (_ total: Int) -> Void)?

    public init() {}
}

/// Tells a run to stop: files in hand are finished, the others recorded as failed, and the manifest is written.
public final class Cancellation: Sendable {
    private let flag = Atomic(false)
    public init() {}
    public func cancel() { flag.store(true, ordering: .releasing) }
    public var isCancelled: Bool { flag.load(ordering: .acquiring) }
}
