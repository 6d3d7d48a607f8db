import Foundation
import TestSupport

/// What `openssl pkcs12 -info -nodes` prints of a file, taken apart.
struct OpenSSLListing {
    struct Item {
        /// `PRIVATE KEY` or `CERTIFICATE`.
        var kind = ""
        /// Of the bag, by openssl's names.
        var attributes: [String: [String]] = [:]
        /// Inside the PKCS#8.
        var keyAttributes: [String: [String]] = [:]
        var der: [UInt8] = []

        var pem: String {
            "-----BEGIN \(kind)-----\n\(Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed]))\n-----END \(kind)-----\n"
        }
    }

    /// Such as `MAC: sha1, Iteration 2000`.
    let info: [String]
    let items: [Item]

    init(_ file: [UInt8], password: String) throws {
        let arguments = ["pkcs12", "-legacy", "-info", "-nodes", "-passin", "pass:\(password)"]
        let output = try ExternalTool.openssl.check(arguments, input: file)
        info = output.errorText.split(separator: "\n").map(String.init)
        // openssl prints the low octets of a BMPString, so that umlauts come as Latin-1.
        items = Self.items(String(String.UnicodeScalarView(output.standardOutput.map { Unicode.Scalar($0) })))
    }

    var keys: [Item] { items.filter { $0.kind == "PRIVATE KEY" } }
    var certificates: [Item] { items.filter { $0.kind == "CERTIFICATE" } }

    /// The numbers of each RSA key, as openssl writes them in the DER of RFC 8017.
    var rsaKeys: [[UInt8]] {
        get throws {
            try keys.map {
                try ExternalTool.openssl.check(
                    ["rsa", "-traditional", "-outform", "DER"], input: Array($0.pem.utf8)
                ).standardOutput
            }
        }
    }

    private static func items(_ text: String) -> [Item] {
        var items: [Item] = []
        var item = Item()
        var isInKey = false
        var base64: String?
        for line in text.split(separator: "\n").map(String.init) {
            if line.hasPrefix("Bag Attributes") {
                (item, isInKey) = (Item(), false)
            } else if line.hasPrefix("Key Attributes") {
                isInKey = true
            } else if line.hasPrefix("-----BEGIN ") {
                item.kind = String(line.dropFirst(11).dropLast(5))
                base64 = ""
            } else if line.hasPrefix("-----END ") {
                item.der = Array(Data(base64Encoded: base64 ?? "") ?? Data())
                items.append(item)
                base64 = nil
            } else if base64 != nil {
                base64? += line
            } else if line.hasPrefix("    "), let colon = line.firstIndex(of: ":") {
                let name = String(line[..<colon]).trimmingCharacters(in: .whitespaces)
                let value = String(line[line.index(after: colon)...]).trimmingCharacters(in: .whitespaces)
                if isInKey {
                    item.keyAttributes[name, default: []].append(value)
                } else {
                    item.attributes[name, default: []].append(value)
                }
            }
        }
        return items
    }
}
