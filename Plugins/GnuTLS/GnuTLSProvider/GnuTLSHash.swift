import CGnuTLS
import PKCS12
import Providers

/// Hash chains with one handle for all of them: a tenth of the cost of `gnutls_hash_fast`. For one thread at a time.
final class GnuTLSHashChain: HashChain {
    private var hash: GnuTLSHash?

    func iterate(
        _ digest: DigestAlgorithm, message: UnsafeRawBufferPointer, iterations: Int,
        into output: UnsafeMutableRawBufferPointer
    ) throws {
        let output = UnsafeMutableRawBufferPointer(rebasing: output[..<digest.byteCount])
        let hash = try hash(digest)
        try hash.compute(message, into: output)
        for _ in 1..<iterations { try hash.compute(UnsafeRawBufferPointer(output), into: output) }
    }

    private func hash(_ digest: DigestAlgorithm) throws -> GnuTLSHash {
        if let hash, hash.digest == digest { return hash }
        let hash = try GnuTLSHash(digest)
        self.hash = hash
        return hash
    }
}

/// A hash function, ready for one message after another.
private final class GnuTLSHash {
    let digest: DigestAlgorithm
    private let handle: gnutls_hash_hd_t

    init(_ digest: DigestAlgorithm) throws {
        self.digest = digest
        handle = try gnuTLS("set up \(digest)") { gnutls_hash_init(&$0, digest.gnuTLSDigest) }
    }

    deinit {
        // The handle keeps the last block of the last message, which tells the key: nothing but this overwrites it.
        withUnsafeTemporaryAllocation(byteCount: digest.blockByteCount, alignment: 8) { zeros in
            zeros.initializeMemory(as: UInt8.self, repeating: 0)
            gnutls_hash(handle, zeros.baseAddress, zeros.count - 1)
            gnutls_hash_output(handle, zeros.baseAddress)
        }
        gnutls_hash_deinit(handle, nil)
    }

    /// Writes the digest of `message` to `output`, which has room for it and may overlap the message.
    func compute(_ message: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws {
        try gnuTLS("compute a digest", gnutls_hash(handle, message.baseAddress, message.count))
        gnutls_hash_output(handle, output.baseAddress)
    }
}

extension DigestAlgorithm {
    var gnuTLSDigest: gnutls_digest_algorithm_t {
        switch self {
        case .sha1: GNUTLS_DIG_SHA1
        case .sha224: GNUTLS_DIG_SHA224
        case .sha256: GNUTLS_DIG_SHA256
        case .sha384: GNUTLS_DIG_SHA384
        case .sha512: GNUTLS_DIG_SHA512
        }
    }

    /// HMAC with the digest.
    var gnuTLSMAC: gnutls_mac_algorithm_t {
        switch self {
        case .sha1: GNUTLS_MAC_SHA1
        case .sha224: GNUTLS_MAC_SHA224
        case .sha256: GNUTLS_MAC_SHA256
        case .sha384: GNUTLS_MAC_SHA384
        case .sha512: GNUTLS_MAC_SHA512
        }
    }
}
