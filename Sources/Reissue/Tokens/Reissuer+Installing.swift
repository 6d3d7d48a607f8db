import PKCS12
import Providers

extension Reissuer {
    /// The keys of a file with their certificates in DER, its own first and then its chain, checked as for a re-issue.
    ///
    /// - Throws: as ``open(_:passwords:)`` and ``check(_:)``.
    package func keys(
        in source: SourceFile, passwords: [SecretBytes]
    ) throws -> [(key: RSAPrivateKey, certificates: [[UInt8]], friendlyName: String?)] {
        let checked = try check(try open(source, passwords: passwords))
        let certificates = checked.opened.certificates
        return checked.identities.compactMap { identity in
            guard case .numbers(let rsa) = identity.key else { return nil }
            return (
                rsa, ([identity.certificate] + identity.chain).map { certificates[$0].der },
                certificates[identity.certificate].attributes.friendlyName
            )
        }
    }

    /// The same, to be put on a token.
    ///
    /// - Parameter label: for a certificate's friendly name, where it has one, the label of the objects.
    /// - Throws: as ``open(_:passwords:)`` and ``check(_:)``.
    public func tokenIdentities(
        in source: SourceFile, passwords: [SecretBytes], isExtractable: Bool, label: (_ friendlyName: String?) -> String
    ) throws -> [TokenIdentity] {
        try keys(in: source, passwords: passwords).map { key, certificates, friendlyName in
            TokenIdentity(
                key: key, certificates: certificates, label: label(friendlyName), isExtractable: isExtractable)
        }
    }

    /// Puts an identity on a token, and has the token prove by a signature that it holds the key.
    ///
    /// - Returns: the URIs of the key and of its certificate.
    /// - Throws: ``TokenError``; ``ReissueError`` `verificationMismatch`, `verifierUnfit`.
    public func install(_ identity: TokenIdentity, on access: TokenAccess) throws -> (key: String, certificate: String)
    {
        let witness = try SignatureWitness(among: verifiers + [sealer])
        let uris = try access.tokens.install(
            identity, on: access.token.uri, module: access.module, login: access.login)
        let isThere = try witness.accepts(identity.key.publicKey) {
            try access.tokens.sign($0, with: $1, key: uris.key, module: access.module, login: access.login)
        }
        guard isThere else {
            throw ReissueError(
                .verificationMismatch, "what the token signs with the key is not signed with the key of the file",
                hint: "remove \(uris.key), and please report this with the module's name and version")
        }
        return uris
    }
}
