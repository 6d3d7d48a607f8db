@preconcurrency import CGnuTLS  // gnutls_free is a variable; nobody changes it
import PKCS12

extension gnutls_datum_t {
    /// Bytes that a GnuTLS function only reads, for as long as they are there.
    ///
    /// - Throws: ``PKCS12Error`` `invalidArgument` for 4 GiB and more.
    init(reading bytes: UnsafeRawBufferPointer) throws {
        guard let size = UInt32(exactly: bytes.count) else {
            throw PKCS12Error(.invalidArgument, "\(bytes.count) bytes are too many for GnuTLS")
        }
        self.init(data: UnsafeMutablePointer(mutating: bytes.bytes), size: size)
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: data, count: Int(size)) }
}

/// Secret bytes that GnuTLS allocated; overwritten and given back to it in the end.
final class OwnedDatum {
    private let datum: gnutls_datum_t

    init(_ what: @autoclosure () -> String, _ make: (UnsafeMutablePointer<gnutls_datum_t>) -> Int32) throws {
        var made = gnutls_datum_t()
        try gnuTLS(what(), make(&made))
        datum = made
    }

    deinit {
        guard let data = datum.data else { return }
        gnutls_memset(data, 0, Int(datum.size))
        gnutls_free(data)
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(datum.bytes)
    }
}

extension UnsafeRawBufferPointer {
    /// The start of the bytes as C wants it.
    var bytes: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeMutableRawBufferPointer {
    /// The start of the bytes as C wants it.
    var bytes: UnsafeMutablePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
