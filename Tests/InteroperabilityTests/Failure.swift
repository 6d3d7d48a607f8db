/// What a test could not do.
struct Failure: Error, CustomStringConvertible {
    let description: String
}
