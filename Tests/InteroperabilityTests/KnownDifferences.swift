extension KnownDifference {
    static let vectors: [KnownDifference] = []
    static let fresh: [KnownDifference] = []
    static let corpus: [KnownDifference] = []
}
