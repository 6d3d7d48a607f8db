import Foundation
import TestSupport
import Testing

/// What a run's memory holds of a key that a token shrouded: nothing.
///
/// A run over NSS's software token is stopped again and again, and what it can write to is searched for the private
/// exponent and the primes, in either order of bytes. Its host's memory is that of the software token itself, which has to
/// have the key: that it is found there shows that the search finds what is there, as does the same run with keys that come
/// out wrapped.
@Suite(.disabled(if: isSanitized, "sanitizers map terabytes of memory of their own"))
struct TokenMemoryTests {
    @Test(.patientLimit(minutes: 8)) func aShroudedKeyIsNeverInTheMemoryOfTheRun() throws {
        let token = try NSSToken()
        let vector = Vectors.named("openssl-chain")
        try token.importPFX(vector.path, password: vector.password)
        let bench = try TokenBench(token)
        let shrouded = try run(bench, vector, way: "shrouded")
        #expect(shrouded.status == 0 && shrouded.scans >= 10)
        #expect(shrouded.own == 0)
        #expect(shrouded.host > 0)
        for item in try bench.manifest["items"].array {
            #expect(item["tokenExport"]["way"].string == "shrouded")
            #expect(item["verifiedBy"].array.compactMap(\.string).contains("pkcs11"))
        }
        // Nor where the outputs are there already, though another way out is open.
        let again = try run(bench, vector, way: #"shrouded", "wrapped"#)
        #expect(again.status == 0 && again.scans >= 5 && again.own == 0 && again.host > 0)
        #expect(try bench.manifest["items"].array.allSatisfy { $0["status"].string == "unchanged" })
        let path = bench.output(
            "site1/"
                + (try #require(
                    FileManager.default.contentsOfDirectory(atPath: bench.output("site1")).first)))
        #expect(
            try KeyReading.modulus(path, password: bench.workshop.password)
                == KeyReading.modulus(vector.path, password: "pass:" + vector.password))
        #expect(try OpenSSLReading(path, password: bench.workshop.password).keyUsages == [])
        let verified = try Recapi.run(
            "verify", bench.output("manifest.json"), "--password", bench.workshop.password)
        #expect(verified.status == 0 && verified.text.contains("hold keys that a token shrouded"))

        try FileManager.default.removeItem(atPath: bench.workshop.out)
        let wrapped = try run(bench, vector, way: "wrapped")
        #expect(wrapped.status == 0)
        #expect(wrapped.own > 0)
    }

    private func run(_ bench: TokenBench<NSSToken>, _ vector: Vector, way: String) throws -> MemoryScan {
        // One key for many sites, so that there is something to look at for a while.
        let pipeline = try bench.write(
            inputs: (1...12).map {
                bench.input("site\($0)", "pkcs11:token=NSS%20Certificate%20DB", more: #", "export": ["\#(way)"]"#)
            }, more: #", "verify": "all""#)
        let numbers = try OpenSSLReading.privateNumbers(vector.path, password: "pass:" + vector.password)
        return try MemoryScan(
            [Recapi.executable, "run", pipeline],
            searching: numbers.filter { ["privateExponent", "prime1", "prime2"].contains($0.key) }
                .mapValues { Array($0.dropFirst(8).prefix(16)) })
    }
}
