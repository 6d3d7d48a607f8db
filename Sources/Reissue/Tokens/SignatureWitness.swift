import PKCS12
import Providers

/// Tells by a signature whether somebody holds the private half of a public key.
struct SignatureWitness {
    let crypto: any CryptoProvider

    /// - Parameter providers: the first that verifies signatures is the witness.
    /// - Throws: ``ReissueError`` `verifierUnfit`.
    init(among providers: [Provider]) throws(ReissueError) {
        guard let crypto = providers.lazy.compactMap(\.crypto).first(where: \.verifiesSignatures) else {
            throw ReissueError(
                .verifierUnfit,
                "none of \(providers.map(\.name).joined(separator: ", ")) verifies signatures of tokens",
                hint: "use the provider openssl or gnutls as well")
        }
        self.crypto = crypto
    }

    /// - Parameter sign: signs with the digest that it is given.
    /// - Returns: whether what was signed over fresh random bytes is a signature of `key`.
    func accepts(
        _ key: RSAPublicKey, _ sign: (ArraySlice<UInt8>, DigestAlgorithm) throws -> [UInt8]
    ) throws -> Bool {
        let message = try crypto.randomBytes(32)[...]
        let signature = try sign(message, .sha256)
        do {
            try crypto.verify(signature, of: message, with: .sha256, key: key)
            return true
        } catch let error as PKCS12Error where error.code == .signatureInvalid {
            return false
        }
    }
}
