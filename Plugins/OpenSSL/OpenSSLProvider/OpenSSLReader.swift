import COpenSSL
import PKCS12
import Providers

/// OpenSSL's own reading of a PFX: its parser, its MAC, its decryption, its attributes.
///
/// It walks the bags rather than calling `PKCS12_parse`, which forgets all attributes and all keys but the first, and
/// it reads RSA numbers without `EVP_PKEY`, whose decoding costs 0.35 ms and a lock. The keys by SHA-1 of all files of a call
/// are derived side by side before OpenSSL asks for them (``PreparedKeys``), the first of every shape by libcrypto's SHA-1
/// as well (`COpenSSLHashing`); the key of the first file's MAC, in every call, is libcrypto's alone.
struct OpenSSLReader: ReaderProvider {
    let library: OpenSSLLibrary
    let crypto: OpenSSLCrypto
    let reports = ReaderFields.all

    init(_ library: OpenSSLLibrary, deriving crypto: OpenSSLCrypto) {
        self.library = library
        self.crypto = crypto
    }

    func read(_ file: ArraySlice<UInt8>, password: SecretBytes) throws -> ReaderReport {
        try read([FileToRead(file, password: password)])[0].get()
    }

    func read(_ files: [FileToRead]) -> [Result<ReaderReport, any Error>] {
        OpenSSLError.clear()
        let parsed = files.map { file in Result { try ParsedFile(file, in: library) } }
        let requests = parsed.enumerated().map { position, file in
            (try? file.get())?.derivations(withMAC: position > 0) ?? []
        }
        // What kept a part from being read ahead is said when its turn comes.
        return zip(parsed, PreparedKeys.derive(requests, by: crypto)).map { file, keys in
            OpenSSLError.clear()
            return Result { try keys.lend { try read(try file.get()) } }
        }
    }

    private func read(_ file: ParsedFile) throws -> ReaderReport {
        var failure: (any Error)?
        for candidate in file.candidates {
            do {
                if try file.pfx.verifyMAC(candidate) {
                    return try BagWalk(library: library, password: candidate).report(of: file.parts.get())
                }
            } catch let error as PKCS12Error where error.code == .decryptionFailed {
                failure = failure ?? error
            }
        }
        throw failure ?? PKCS12Error(.wrongPassword, "OpenSSL finds that the MAC does not verify with this password")
    }
}

/// A file as far as it can be read without its password.
private struct ParsedFile {
    let pfx: PFX
    let parts: Result<PFXParts, any Error>
    /// "No password" is an empty text to some writers, and no text at all to others.
    let candidates: [Passphrase]

    init(_ file: FileToRead, in library: OpenSSLLibrary) throws {
        let pfx = try PFX(file.bytes, in: library)
        self.pfx = pfx
        parts = Result { try PFXParts(pfx) }
        let password = Passphrase(file.password)
        candidates = file.password.isEmpty ? [password, Passphrase(nil)] : [password]
    }

    func derivations(withMAC: Bool) -> [KeyDerivation] {
        PreparedKeys.requests(
            for: (try? parts.get())?.algorithms ?? [],
            mac: withMAC ? pfx.withPointer { MACParameters($0) } : nil, password: candidates[0])
    }
}

/// A password as OpenSSL's functions want it: with a terminator, or NULL.
struct Passphrase {
    private let bytes: SecretBytes?

    init(_ password: SecretBytes?) {
        bytes = password.map { password in
            SecretBytes(capacity: password.count + 1) { bytes in
                password.withUnsafeBytes { bytes.copyMemory(from: $0) }
                bytes[password.count] = 0
                return password.count + 1
            }
        }
    }

    func withCString<Result>(_ body: (UnsafePointer<CChar>?, Int32) throws -> Result) rethrows -> Result {
        guard let bytes else { return try body(nil, 0) }
        return try bytes.withUnsafeBytes {
            try body($0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: $0.count - 1))
        }
    }
}

/// A PFX as OpenSSL parsed it.
final class PFX: Handle {
    init(_ file: ArraySlice<UInt8>, in library: OpenSSLLibrary) throws {
        // The empty object carries the library context into everything that is parsed below it.
        var pfx: OpaquePointer? = try openSSL(
            "set up PKCS#12", library.withContext { PKCS12_init_ex(NID_pkcs7_data, $0, nil) })
        let parsed = file.withUnsafeBytes { file in
            var position = file.bytes
            return d2i_PKCS12(&pfx, &position, file.count)
        }
        guard parsed != nil else {
            // `d2i` has freed the object where it set the pointer to NULL.
            PKCS12_free(pfx)
            throw OpenSSLError.drain("read the file as PKCS#12", code: .malformed)
        }
        super.init(takingOwnership: try openSSL("read the file as PKCS#12", pfx), free: PKCS12_free)
    }

    /// False where the password is wrong; true as well where there is no MAC.
    ///
    /// - Throws: ``PKCS12Error`` `unsupportedAlgorithm`, `cryptographyFailed` where OpenSSL cannot compute the MAC.
    func verifyMAC(_ password: Passphrase) throws -> Bool {
        try withPointer { pfx in
            guard PKCS12_mac_present(pfx) == 1 else { return true }
            if password.withCString({ PKCS12_verify_mac(pfx, $0, $1) }) == 1 { return true }
            guard OpenSSLError.isEmpty else { throw OpenSSLError.drain("compute the MAC") }
            return false
        }
    }
}
