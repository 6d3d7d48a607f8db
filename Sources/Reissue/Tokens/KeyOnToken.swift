import PKCS12
import Providers

/// A key on a token that can be re-issued, as far as can be told before it is asked for: it is RSA, has its certificate,
/// and may leave.
public struct KeyOnToken: Sendable {
    let key: TokenKey
    /// Its own first, then its chain.
    let certificates: [OpenedPFX.Certificate]
    let access: TokenAccess
    /// In which the key may leave; not empty.
    let ways: Set<TokenExportWay>

    /// - Parameter allowed: ways out that the configuration allows.
    /// - Throws: ``ReissueError`` `keyNotRSA`, `keyWithoutCertificate`, `keyDoesNotMatchCertificate`, `keySpecUnwritable`;
    ///   ``TokenError`` `keyNotExportable`.
    public init(
        _ key: TokenKey, among certificates: TokenCertificates, on access: TokenAccess,
        allowing allowed: Set<TokenExportWay>, profile: Profile
    ) throws {
        guard key.kind == .rsa else { throw ReissueError.keyNotRSA(key.kind.rawValue) }
        self.key = key
        self.access = access
        self.certificates = try certificates.identity(of: key)
        guard !key.ways.isEmpty else {
            throw TokenError(
                .keyNotExportable, key.obstacle ?? "the token does not let the key out",
                hint: "issue a new certificate for a key that may leave, or use this one where it is")
        }
        let left = key.ways.filter(allowed.contains)
        guard !left.isEmpty else {
            let found = key.ways.map(\.rawValue).joined(separator: ", ")
            throw TokenError(
                .keyNotExportable, "the configuration does not allow the ways that the key could leave in: \(found)",
                hint: "add one of them to export")
        }
        // The key usage is inside the PKCS#8, which the token writes: Windows takes an RSA key without one as
        // AT_KEYEXCHANGE.
        let fit = left.filter { $0 != .shrouded || profile.keySpec == .exchange }
        guard !fit.isEmpty else {
            throw ReissueError(
                .keySpecUnwritable,
                "the key leaves only shrouded by its token, without a KeySpec, which Windows takes as AT_KEYEXCHANGE, "
                    + "and the profile asks for signature",
                hint: "use keySpec exchange, which signs as well")
        }
        ways = Set(fit)
    }

    var certificate: OpenedPFX.Certificate { certificates[0] }

    /// What can be known of the key without asking for it: its URI, its public key, and its certificates.
    package var publicParts: [[UInt8]] {
        [Array(key.uri.utf8), key.modulus, key.publicExponent] + certificates.map(\.der)
    }
}
