import Foundation
import TestSupport

/// A token with what a command needs to get at it.
struct TokenBench<Fixture: TokenFixture> {
    let workshop: Workshop
    let fixture: Fixture
    /// The options that name PIN and module.
    let access: [String]

    init(_ fixture: Fixture, pin: String = fixturePIN) throws {
        workshop = try Workshop()
        self.fixture = fixture
        access = ["--pin", try workshop.write(password: pin, to: "pin"), "--module", fixture.module]
    }

    /// Converts keys to the workshop's `out`, with its password.
    func convert(_ uri: String, _ options: String...) throws -> Recapi.Output {
        try start(uri, options).wait()
    }

    func start(_ uri: String, _ options: [String]) throws -> RunningProcess {
        try Recapi.start(
            ["convert", "--token", uri, "--out", workshop.out, "--output-password", workshop.password] + access
                + options)
    }

    /// What is left of a path after the outputs' folder.
    func output(_ name: String) -> String { workshop.out + "/" + name }

    var manifest: JSONDocument {
        get throws { try JSONDocument(contentsOf: output("manifest.json")) }
    }

    /// Writes a pipeline.json of these inputs, and gives its path.
    func write(inputs: [String], more: String = "") throws -> String {
        try workshop.folder.write(
            """
            {"version": 1, "inputs": [\(inputs.joined(separator: ", "))],
             "output": {"directory": "out", "password": "\(workshop.password)"}\(more)}
            """.utf8, to: "pipeline.json")
    }

    /// A token input for ``write(inputs:more:)``.
    ///
    /// - Parameter module: that of the fixture, unless named.
    func input(_ site: String, _ uri: String, module: String? = nil, more: String = "") -> String {
        let module = module ?? fixture.module
        return #"{"site": "\#(site)", "token": "\#(uri)", "pin": "\#(access[1])", "module": "\#(module)"\#(more)}"#
    }
}

/// What openssl finds of a key in a PFX.
enum KeyReading {
    static func modulus(_ path: String, password source: String) throws -> String {
        let key = try ExternalTool.openssl.check(["pkcs12", "-in", path, "-passin", source, "-nocerts", "-nodes"])
        return try ExternalTool.openssl.check(["rsa", "-noout", "-modulus"], input: key.standardOutput).text
    }

    /// Of a SubjectPublicKeyInfo.
    static func modulus(publicKey der: [UInt8]) throws -> String {
        try ExternalTool.openssl.check(["rsa", "-pubin", "-inform", "DER", "-noout", "-modulus"], input: der).text
    }
}
