import CGnuTLS
import PKCS12
import Providers

/// GnuTLS' own reading of a PFX: its parser, its MAC, its decryption, its attributes.
///
/// It walks the bags as `gnutls_pkcs12_simple_parse` does, which forgets all keys but the first and all attributes.
/// GnuTLS knows two attributes, friendlyName and localKeyID; it has no function for the CSP name, the machine key set, or
/// the attributes of a key.
struct GnuTLSReader: ReaderProvider {
    let reports: ReaderFields = [.localKeyID, .friendlyName]

    func read(_ file: ArraySlice<UInt8>, password: SecretBytes) throws -> ReaderReport {
        let container = try file.withUnsafeBytes { try Container($0) }
        // "No password" is an empty text to some writers, and no text at all to others.
        let candidates =
            password.isEmpty ? [try Passphrase(password), Passphrase()] : [try Passphrase(password)]
        var failure: (any Error)?
        for candidate in candidates {
            do {
                let mac = try container.verifyMAC(candidate)
                guard mac != .doesNotFit else { continue }
                var walk = BagWalk(password: candidate, isPasswordProven: mac == .fits)
                try container.forEachBag { try walk.visit($0) }
                return walk.found
            } catch let error as PKCS12Error where error.code == .decryptionFailed {
                failure = failure ?? error
            }
        }
        throw failure ?? PKCS12Error(.wrongPassword, "GnuTLS finds that the MAC does not verify with this password")
    }
}

/// A password as GnuTLS wants it: UTF-8 with a terminator, or NULL.
struct Passphrase {
    private let text: SecretBytes?

    /// NULL, which is no password rather than an empty one.
    init() {
        text = nil
    }

    /// - Throws: ``PKCS12Error`` `unsupportedAlgorithm`.
    init(_ password: SecretBytes) throws {
        guard password.withUnsafeBytes({ !$0.contains(0) }) else {
            throw PKCS12Error(.unsupportedAlgorithm, "GnuTLS takes no password with a NUL character in it")
        }
        text = SecretBytes(capacity: password.count + 1) { text in
            password.withUnsafeBytes(text.copyMemory)
            text[password.count] = 0
            return password.count + 1
        }
    }

    func withCString<Result>(_ body: (UnsafePointer<CChar>?) throws -> Result) rethrows -> Result {
        guard let text else { return try body(nil) }
        return try text.withUnsafeBytes { try body($0.baseAddress?.assumingMemoryBound(to: CChar.self)) }
    }
}

/// A PFX as GnuTLS parsed it.
final class Container {
    private let handle: gnutls_pkcs12_t

    /// - Throws: ``PKCS12Error`` `malformed`, `unsupportedAlgorithm`.
    init(_ file: UnsafeRawBufferPointer) throws {
        handle = try gnuTLS("set up PKCS#12") { gnutls_pkcs12_init(&$0) }
        var data = try gnutls_datum_t(reading: file)
        let status = gnutls_pkcs12_import(handle, &data, GNUTLS_X509_FMT_DER, 0)
        try gnuTLS("read the file as PKCS#12", status)
    }

    deinit { gnutls_pkcs12_deinit(handle) }

    enum MACVerdict {
        case fits, doesNotFit, isMissing
    }

    /// - Throws: ``PKCS12Error`` `unsupportedAlgorithm`, `malformed` where GnuTLS cannot compute the MAC.
    func verifyMAC(_ password: Passphrase) throws -> MACVerdict {
        let code = GnuTLSCode(rawValue: password.withCString { gnutls_pkcs12_verify_mac(handle, $0) })
        switch code {
        case .macVerifyFailed: return .doesNotFit
        case .asn1ElementNotFound, .asn1ValueNotFound, .requestedDataNotAvailable: return .isMissing
        default: break
        }
        try gnuTLS("compute the MAC", code.rawValue)
        return .fits
    }

    /// Calls `body` with each part of the authenticated safe, which GnuTLS calls a bag, in order.
    func forEachBag(_ body: (Bag) throws -> Void) throws {
        for index in 0..<Int32.max {
            let bag = try Bag()
            let status = bag.withHandle { gnutls_pkcs12_get_bag(handle, index, $0) }
            if GnuTLSCode(rawValue: status) == .requestedDataNotAvailable { return }
            try gnuTLS("read a safe", status)
            try body(bag)
        }
    }
}
