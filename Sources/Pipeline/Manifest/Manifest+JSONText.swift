import Providers
import Reissue

// Keys in the order of their bytes; `JSONTextTests` holds them to what Codable makes of the same types.

extension Manifest.Item: JSONTextWritable {
    /// The item as JSON without line ends.
    func line() -> [UInt8] {
        var text = JSONText(capacity: 2_048)
        write(to: &text)
        return text.bytes
    }

    func write(to text: inout JSONText) {
        text.object {
            $0.member("comparedBy", comparedBy)
            $0.member("durationMilliseconds", durationMilliseconds)
            $0.member("earlierOutputSHA256", earlierOutputSHA256)
            $0.member("error", error)
            $0.member("identities", identities)
            $0.member("keySHA256", keySHA256)
            $0.member("notes", notes)
            $0.member("output", output)
            $0.member("outputBytes", outputBytes)
            $0.member("outputSHA256", outputSHA256)
            $0.member("recipeSHA256", recipeSHA256)
            $0.member("sealedBy", sealedBy)
            $0.member("site", site)
            $0.member("source", source)
            $0.member("sourceBytes", sourceBytes)
            $0.member("sourceSHA256", sourceSHA256)
            $0.member("status", status)
            $0.member("tokenExport", tokenExport)
            $0.member("verifiedBy", verifiedBy)
        }
    }
}

extension Manifest.Failure: JSONTextWritable {
    func write(to text: inout JSONText) {
        text.object {
            $0.member("code", code)
            $0.member("hint", hint)
            $0.member("message", message)
        }
    }
}

extension IdentityReport: JSONTextWritable {
    func write(to text: inout JSONText) {
        text.object {
            $0.member("after", after)
            $0.member("before", before)
            $0.member("chain", chain)
            $0.member("issuer", issuer)
            $0.member("keyBits", keyBits)
            $0.member("keyMatchesCertificate", keyMatchesCertificate)
            $0.member("notAfter", notAfter)
            $0.member("serialNumber", serialNumber)
            $0.member("subject", subject)
            $0.member("thumbprint", thumbprint)
            $0.member("thumbprintSHA256", thumbprintSHA256)
            $0.member("thumbprintUnchanged", thumbprintUnchanged)
        }
    }
}

extension IdentityReport.Placement: JSONTextWritable {
    func write(to text: inout JSONText) {
        text.object {
            $0.member("certificateEncryption", certificateEncryption)
            $0.member("iterations", iterations)
            $0.member("keyEncryption", keyEncryption)
            $0.member("keySpec", keySpec)
            $0.member("mac", mac)
            $0.member("machineKeySet", machineKeySet)
            $0.member("providerKind", providerKind)
            $0.member("providerName", providerName)
        }
    }
}

extension TokenExportReport: JSONTextWritable {
    func write(to text: inout JSONText) {
        text.object {
            $0.member("mechanism", mechanism)
            $0.member("token", token)
            $0.member("way", way)
        }
    }
}

extension Manifest.Status: JSONTextWritable {}
extension IdentityReport.ProviderKind: JSONTextWritable {}
extension IdentityReport.KeySpec: JSONTextWritable {}
extension TokenExportWay: JSONTextWritable {}
