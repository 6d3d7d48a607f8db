import Foundation
import PKCS12
import Providers

/// The software token of NSS with a database in a temporary folder: it has mechanisms that Debian's SoftHSM2 does not, and
/// gets its configuration as p11-kit's `x-init-reserved` would give it (which p11-kit reads from system folders only, for root).
public final class NSSToken: TokenFixture {
    public let folder: TemporaryFolder
    public let module: String
    /// The URI of the token that keeps keys.
    public static let uri = "pkcs11:token=NSS%20Certificate%20DB"

    public init() throws {
        folder = try TemporaryFolder()
        let database = folder.path("db")
        try FileManager.default.createDirectory(atPath: database, withIntermediateDirectories: true)
        try folder.write("\(fixturePIN)\n".utf8, to: "pin")
        try ExternalTool.certutil.check(["-N", "-d", "sql:\(database)", "-f", folder.path("pin")])
        let candidates = [
            "/usr/lib/x86_64-linux-gnu/nss/libsoftokn3.so", "/usr/lib/x86_64-linux-gnu/libsoftokn3.so",
            "/usr/lib/aarch64-linux-gnu/nss/libsoftokn3.so", "/usr/lib/aarch64-linux-gnu/libsoftokn3.so",
        ]
        guard let real = candidates.first(where: FileManager.default.fileExists) else {
            throw ExternalTool.Failure(description: "NSS is not there; install it: apt-get install libnss3")
        }
        module = try TokenShim.build(
            in: folder, around: real,
            parameters: "configdir='sql:\(database)' certPrefix='' keyPrefix='' secmod='secmod.db' flags=")
    }

    /// Makes a key and a certificate with openssl, NAME.key and NAME.pem in ``folder``, and imports both.
    public func makeKey(_ name: String, bits: Int = 2_048) throws {
        let (key, certificate, pfx) = (
            folder.path(name + ".key"), folder.path(name + ".pem"), folder.path(name + ".pfx")
        )
        try ExternalTool.openssl.check([
            "req", "-x509", "-newkey", "rsa:\(bits)", "-noenc", "-keyout", key, "-out", certificate, "-subj",
            "/CN=\(name)",
        ])
        try ExternalTool.openssl.check([
            "pkcs12", "-export", "-inkey", key, "-in", certificate, "-name", name, "-passout", "pass:x", "-out", pfx,
        ])
        try importPFX(pfx, password: "x")
    }

    /// Imports a PFX with pk12util.
    public func importPFX(_ file: String, password: String) throws {
        try ExternalTool.pk12util.check([
            "-i", file, "-d", "sql:\(folder.path("db"))", "-k", folder.path("pin"), "-W", password,
        ])
    }
}
