import PKCS12
import TestSupport

/// A file as somebody makes it who means harm, under a right MAC where there is one; its password is ``CraftedPFX/password``.
struct Attack: Sendable, CustomStringConvertible {
    let name: String
    /// What a conversion ends in; nil for one that succeeds.
    let code: String?
    let file: @Sendable () throws -> [UInt8]

    init(_ name: String, _ code: String?, _ file: @escaping @Sendable () throws -> [UInt8]) {
        (self.name, self.code, self.file) = (name, code, file)
    }

    var description: String { name }

    /// A key and its certificate, and what else there is.
    static func file(
        key: [UInt8]? = nil, keyAttributes: [[UInt8]] = [], certificate: [UInt8]? = nil, others: [UInt8] = []
    ) throws -> [UInt8] {
        let real = try Real.made.get()
        let key = CraftedPFX.bag(1, key ?? real.key, attributes: keyAttributes.flatMap { $0 })
        return try CraftedPFX(
            parts: [CraftedPFX.plain(key, CraftedPFX.certificate(certificate ?? real.certificate), others)]
        ).bytes
    }

    static var realCertificate: [UInt8] { get throws { try Real.made.get().certificate } }
    static var realKey: [UInt8] { get throws { try Real.made.get().key } }

    /// A key of 2,048 bits and its certificate, of a file of openssl's.
    private struct Real {
        let key: [UInt8]
        let certificate: [UInt8]

        static let made: Result<Real, any Error> = Result {
            let vector = Vectors.named("openssl-3des")
            let pfx = try PFXDecoder(cryptography: InstalledProviders.crypto)
                .decode(try vector.bytes, passwords: vector.passwords)
            var (key, certificate): ([UInt8]?, [UInt8]?)
            for bag in pfx.allBags {
                switch bag.value {
                case .privateKey(let info, _): key = try info.encoded().withUnsafeBytes(Array.init)
                case .certificate(let der): certificate = der
                default: break
                }
            }
            guard let key, let certificate else { throw TestFailure(description: "\(vector) has no key") }
            return Real(key: key, certificate: certificate)
        }
    }
}
