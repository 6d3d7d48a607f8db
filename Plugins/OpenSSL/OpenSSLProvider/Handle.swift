import COpenSSL

/// An object of OpenSSL with one owner, which frees it.
///
/// The pointer is lent only for the time of a closure: Swift may let go of an object right after its last use, and a
/// pointer taken out of it is no use.
class Handle {
    private let pointer: OpaquePointer
    private let free: (OpaquePointer?) -> Void

    init(takingOwnership pointer: OpaquePointer, free: @escaping (OpaquePointer?) -> Void) {
        self.pointer = pointer
        self.free = free
    }

    deinit { free(pointer) }

    final func withPointer<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(pointer)
    }
}
