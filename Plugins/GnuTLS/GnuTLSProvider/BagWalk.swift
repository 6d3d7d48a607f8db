import CGnuTLS
import PKCS12
import Providers

/// One walk over all bags of a PFX with one password.
struct BagWalk {
    let password: Passphrase
    /// The MAC verifies with the password: what does not decrypt or parse now is the file's fault.
    let isPasswordProven: Bool
    private(set) var found = ReaderReport()

    init(password: Passphrase, isPasswordProven: Bool) {
        self.password = password
        self.isPasswordProven = isPasswordProven
    }

    mutating func visit(_ bag: Bag) throws {
        try decrypting { try bag.decrypt(with: password) }
        // GnuTLS silently leaves out what is above its own limit.
        guard bag.count < Bag.largestCount else {
            throw PKCS12Error(.unsupportedAlgorithm, "GnuTLS reads no more than \(Bag.largestCount) bags of a safe")
        }
        for index in 0..<bag.count {
            switch bag.type(index) {
            case GNUTLS_BAG_PKCS8_ENCRYPTED_KEY: try addKey(bag, index, flags: 0)
            case GNUTLS_BAG_PKCS8_KEY: try addKey(bag, index, flags: GNUTLS_PKCS_PLAIN.rawValue)
            case GNUTLS_BAG_CERTIFICATE:
                // Kept as bytes: GnuTLS' own certificate parser refuses some that Windows takes.
                found.certificates.append(
                    ReaderReport.Certificate(
                        der: try bag.withData(index) { Array($0.bytes) }, localKeyID: try bag.localKeyID(index),
                        friendlyName: try bag.friendlyName(index)))
            case GNUTLS_BAG_CRL, GNUTLS_BAG_SECRET:
                continue  // not what this reader is asked for
            default:
                throw PKCS12Error(
                    .unsupportedAlgorithm, "GnuTLS does not look into nested safes and bags of other types")
            }
        }
    }

    private mutating func addKey(_ bag: Bag, _ index: UInt32, flags: UInt32) throws {
        let key = try X509PrivateKey()
        try decrypting {
            let status = try bag.withData(index) { data in
                var data = data
                return key.withHandle { key in
                    password.withCString {
                        gnutls_x509_privkey_import_pkcs8(key, &data, GNUTLS_X509_FMT_DER, $0, flags)
                    }
                }
            }
            try gnuTLS("read a key", status)
        }
        found.keys.append(
            ReaderReport.Key(
                rsa: try key.rsaNumbers(), localKeyID: try bag.localKeyID(index),
                friendlyName: try bag.friendlyName(index)))
    }

    /// With a wrong password a text may decrypt to something that is no DER: one failure to the caller.
    private func decrypting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as PKCS12Error where error.code == .malformed && !isPasswordProven {
            throw PKCS12Error(.decryptionFailed, error.reason)
        }
    }
}

/// A part of the authenticated safe with the bags in it, which GnuTLS calls elements.
final class Bag {
    /// MAX_BAG_ELEMENTS of GnuTLS' lib/x509/x509_int.h.
    static let largestCount = 32

    private let handle: gnutls_pkcs12_bag_t

    init() throws {
        handle = try gnuTLS("set up a safe") { gnutls_pkcs12_bag_init(&$0) }
    }

    deinit { gnutls_pkcs12_bag_deinit(handle) }

    func withHandle<Result>(_ body: (gnutls_pkcs12_bag_t) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(handle)
    }

    /// Decrypts the part where it is encrypted as a whole.
    func decrypt(with password: Passphrase) throws {
        guard count > 0, type(0) == GNUTLS_BAG_ENCRYPTED else { return }
        try gnuTLS("decrypt a safe", password.withCString { gnutls_pkcs12_bag_decrypt(handle, $0) })
    }

    var count: UInt32 { UInt32(max(gnutls_pkcs12_bag_get_count(handle), 0)) }

    func type(_ index: UInt32) -> gnutls_pkcs12_bag_type_t {
        gnutls_pkcs12_bag_type_t(UInt32(bitPattern: gnutls_pkcs12_bag_get_type(handle, index)))
    }

    /// Calls `body` with the content of a bag, which is the bag's.
    func withData<Result>(_ index: UInt32, _ body: (gnutls_datum_t) throws -> Result) throws -> Result {
        defer { withExtendedLifetime(self) {} }
        var data = gnutls_datum_t()
        try gnuTLS("read a bag", gnutls_pkcs12_bag_get_data(handle, index, &data))
        return try body(data)
    }

    func localKeyID(_ index: UInt32) throws -> [UInt8]? {
        defer { withExtendedLifetime(self) {} }
        var identifier = gnutls_datum_t()
        try gnuTLS("read a localKeyID", gnutls_pkcs12_bag_get_key_id(handle, index, &identifier))
        return identifier.data == nil ? nil : Array(identifier.bytes)
    }

    func friendlyName(_ index: UInt32) throws -> String? {
        defer { withExtendedLifetime(self) {} }
        var name: UnsafeMutablePointer<CChar>?
        try gnuTLS("read a friendlyName", gnutls_pkcs12_bag_get_friendly_name(handle, index, &name))
        return name.flatMap { String(validatingCString: $0) }
    }
}
