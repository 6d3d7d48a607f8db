import PKCS12
import TestSupport

@testable import Reissue

/// The fields of certificates, and their names as text.
struct CertificateTarget: FuzzTarget {
    let name = "certificate"

    func run(_ input: [UInt8]) {
        do {
            check(try CertificateFields(der: input))
        } catch {
            require((error as? ReissueError)?.code == .certificateMalformed, "a certificate ends in \(error)")
        }
        // Names come from elsewhere too.
        checkText(DistinguishedName.text(input))
    }

    func mutated(_ input: [UInt8], _ random: inout SeededGenerator) -> [UInt8]? {
        TreeMutation.mutated(input, &random)
    }

    func crossed(_ first: [UInt8], _ second: [UInt8], _ random: inout SeededGenerator) -> [UInt8]? {
        TreeMutation.crossed(first, second, &random)
    }

    func seeds() throws -> [(name: String, input: [UInt8])] {
        let decoder = PFXDecoder(cryptography: FuzzCrypto.openSSL, allowsMissingMAC: true)
        return try Vectors.convertible.filter { $0.iterations ?? 0 <= 10_000 }.flatMap { vector in
            let bags = try decoder.decode(try vector.bytes, passwords: vector.passwords).allBags
            return bags.enumerated().compactMap { index, bag -> (String, [UInt8])? in
                guard case .certificate(let der) = bag.value else { return nil }
                return ("\(vector.name)-\(index)", der)
            }
        }
    }

    private func check(_ fields: CertificateFields) {
        [fields.issuer, fields.subject].map(DistinguishedName.text).forEach(checkText)
        let time = Array(fields.notAfter.utf8)
        let isTime = zip(time, "0000-00-00T00:00:00Z".utf8).allSatisfy { digit, shape in
            shape == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) : digit == shape
        }
        require(time.count == 20 && isTime, "the time \(fields.notAfter) is none")
        require(!fields.publicKeyAlgorithm.keyKind.isEmpty, "a key of no kind")
        if let key = fields.rsaPublicKey {
            require(key.modulus.first != 0 && key.exponent.first != 0, "a number with a leading zero")
        }
        _ = (fields.isSelfIssued, fields.isIssued(byKeyOf: fields))
    }

    /// What is shown to people moves no cursor.
    private func checkText(_ text: String) {
        require(
            !text.unicodeScalars.contains(where: \.isUnseen), "a name that cannot be printed: \(text.debugDescription)")
    }
}
