import Foundation
import TestSupport
import Testing

/// Outputs that are there already, against the software token of NSS, which shrouds keys itself.
@Suite struct TokenOutputTests {
    private let token: NSSToken
    private let bench: TokenBench<NSSToken>

    init() throws {
        token = try NSSToken()
        try token.makeKey("www")
        bench = try TokenBench(token)
    }

    /// - Parameter remembering: whether the run knows what the last one recorded, which leaves alone what still holds and
    ///   replaces what recapi wrote itself. Otherwise what is there is a file that anybody could have made.
    private func convert(_ ways: String..., options: [String] = [], remembering: Bool = false) throws -> JSONDocument {
        if !remembering { try? FileManager.default.removeItem(atPath: bench.output("manifest.json")) }
        _ = try bench.start(NSSToken.uri, ways.flatMap { ["--export", $0] } + options).wait()
        try checkAgainstSchema("manifest", document: bench.output("manifest.json"))
        return try bench.manifest["items"][0]
    }

    private func verify() throws -> Recapi.Output {
        try Recapi.run("verify", bench.output("manifest.json"), "--password", bench.workshop.password)
    }

    private var keyUsages: [String] {
        get throws {
            try OpenSSLReading(bench.output("www.pfx"), password: bench.workshop.password).keyUsages
        }
    }

    @Test func whatTheTokenDidNotShroudIsNotTakenForThat() throws {
        #expect(try convert("wrapped")["tokenExport"]["way"].string == "wrapped")
        #expect(try keyUsages == ["10"])
        #expect(try convert("shrouded")["error"]["code"].string == "outputExists")
        let both = try convert("shrouded", "wrapped")
        #expect(both["status"].string == "unchanged" && both["tokenExport"]["way"].string == nil)
        #expect(both["identities"][0]["after"]["keySpec"].string == "exchange")
        #expect(try verify().text.contains("token shrouded") == false)

        let anew = try convert("shrouded", options: ["--overwrite"])
        #expect(
            anew["status"].string == "converted" && anew["identities"][0]["after"]["keySpec"].string == "unspecified")
        #expect(try keyUsages == [])
        let again = try convert("shrouded")
        #expect(again["status"].string == "unchanged" && again["tokenExport"]["way"].string == "shrouded")
        #expect(again["outputSHA256"].string == anew["outputSHA256"].string)
        #expect(again["notes"][0].string?.contains("its shroud was left closed") == true)
        let verified = try verify()
        #expect(verified.status == 0 && verified.text.contains("recapi alone read them, and left the key closed"))
    }

    @Test func anotherWayOutIsAnotherOutput() throws {
        let wrapped = try convert("wrapped")
        let shrouded = try convert("shrouded", remembering: true)
        #expect(shrouded["status"].string == "converted" && shrouded["tokenExport"]["way"].string == "shrouded")
        #expect(shrouded["outputSHA256"].string != wrapped["outputSHA256"].string)
        #expect(try keyUsages == [])
        let again = try convert("shrouded", remembering: true)
        #expect(
            again["status"].string == "unchanged" && again["outputSHA256"].string == shrouded["outputSHA256"].string)
    }

    @Test func anotherKeySpecInAShroudIsFound() throws {
        let wrapped = try convert("wrapped", options: ["--profile", "rsa-aes", "--key-spec", "signature"])
        #expect(wrapped["status"].string == "converted")
        #expect(try keyUsages == ["80"])
        for ways in [["shrouded"], ["shrouded", "wrapped"]] {
            let item = try convert(options: ways.flatMap { ["--export", $0] } + ["--profile", "rsa-aes"])
            #expect(item["error"]["code"].string == "outputExists")
        }
    }

    @Test func aWeakerWayOnceTakenIsSaidAndIsRightLater() throws {
        try token.behave("no-secret-keys")
        let first = try convert()
        #expect(first["status"].string == "converted" && first["tokenExport"]["way"].string == "wrapped")
        #expect(first["notes"].array.contains { $0.string?.hasPrefix("the key left the token wrapped, since") == true })
        #expect(try convert()["status"].string == "unchanged")
        try token.behave()
        let later = try convert()
        #expect(later["status"].string == "unchanged" && later["outputSHA256"].string == first["outputSHA256"].string)
        #expect(try verify().status == 0)
    }

    @Test func whatTheTokenShroudedStaysRightWhereItDoesNotShroudToday() throws {
        #expect(try convert()["tokenExport"]["way"].string == "shrouded")
        try token.behave("no-secret-keys")
        let later = try convert()
        #expect(later["status"].string == "unchanged")
        #expect(later["identities"][0]["after"]["keySpec"].string == "unspecified")
        #expect(try verify().status == 0)
    }
}
