/// Why a test cannot go on.
struct TestFailure: Error, CustomStringConvertible {
    let description: String
}
