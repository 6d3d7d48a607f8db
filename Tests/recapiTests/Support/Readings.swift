import Foundation
import TestSupport

/// What `openssl pkcs12 -info` says of a file.
struct OpenSSLReading {
    let text: String

    /// - Parameter source: of the password, as openssl writes it: `file:PATH` or `pass:TEXT`.
    init(_ path: String, password source: String) throws {
        let output = try ExternalTool.openssl.check(
            ["pkcs12", "-in", path, "-passin", source, "-info", "-nodes"])
        text = output.errorText + output.text
    }

    var providerNames: [String] { values(of: "Microsoft CSP Name: ") }
    var keyUsages: [String] { values(of: "X509v3 Key Usage: ") }
    var isMachineKeySet: Bool { text.contains("Microsoft Local Key set") }
    /// Digest and iterations.
    var mac: String? { values(of: "MAC: ").first }
    /// Of each encrypted part, keys and certificates alike.
    var encryptions: [String] { values(of: "Shrouded Keybag: ") + values(of: "PKCS7 Encrypted data: ") }

    private func values(of label: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            line.firstRange(of: label).map { line[$0.upperBound...].trimmingCharacters(in: .whitespaces) }
        }
    }

    /// The leaf certificate's SHA-256 fingerprint.
    static func fingerprint(_ path: String, password source: String) throws -> String {
        let certificate = try ExternalTool.openssl.check(
            ["pkcs12", "-in", path, "-passin", source, "-nokeys", "-clcerts", "-legacy"])
        return try ExternalTool.openssl.check(
            ["x509", "-noout", "-fingerprint", "-sha256"], input: certificate.standardOutput
        ).text
    }

    /// The key's private exponent.
    static func privateExponent(_ path: String, password source: String) throws -> [UInt8] {
        let key = try ExternalTool.openssl.check(["pkcs12", "-in", path, "-passin", source, "-nocerts", "-nodes"])
        let text = try ExternalTool.openssl.check(["rsa", "-noout", "-text"], input: key.standardOutput).text
        let lines = text.split(separator: "\n").drop { !$0.hasPrefix("privateExponent") }.dropFirst()
        let digits = lines.prefix { $0.hasPrefix(" ") }.joined().filter(\.isHexDigit)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { offset in
            let start = digits.index(digits.startIndex, offsetBy: offset)
            return UInt8(digits[start...].prefix(2), radix: 16)
        }
    }
}

/// The texts that would show sixteen bytes of a secret: hex, base64 at each of its three alignments.
func traces(of secret: [UInt8]) -> [String] {
    let middle = Array(secret.dropFirst(8).prefix(17))
    let hex = hex(middle.prefix(16))
    return [hex, hex.lowercased()]
        + (0..<3).map { Data(middle.dropFirst($0).prefix(15)).base64EncodedString() }
}

/// JSON, taken apart by what a test asks for.
struct JSONDocument {
    let value: Any?

    init(_ bytes: [UInt8]) throws {
        value = try JSONSerialization.jsonObject(with: Data(bytes))
    }

    init(contentsOf path: String) throws {
        try self.init(Array(Data(contentsOf: URL(filePath: path))))
    }

    private init(value: Any?) {
        self.value = value
    }

    subscript(key: String) -> JSONDocument { JSONDocument(value: (value as? [String: Any])?[key]) }
    subscript(index: Int) -> JSONDocument { JSONDocument(value: (value as? [Any]).map { $0[index] }) }
    var string: String? { value as? String }
    var int: Int? { value as? Int }
    var bool: Bool? { value as? Bool }
    var array: [JSONDocument] { (value as? [Any] ?? []).map { JSONDocument(value: $0) } }
}

/// Throws what python's jsonschema finds wrong with a document.
func checkAgainstSchema(_ name: String, document path: String) throws {
    let schema = try TemporaryFolder()
    let printed = try Recapi.run("schema", name)
    let script = """
        import json, jsonschema, sys
        schema, document = [json.load(open(path)) for path in sys.argv[1:]]
        validator = jsonschema.validators.validator_for(schema)
        validator.check_schema(schema)
        validator(schema).validate(document)
        """
    try ExternalTool.python3.check(["-c", script, schema.write(printed.standardOutput, to: "schema.json"), path])
}
