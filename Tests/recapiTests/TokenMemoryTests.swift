import Foundation
import TestSupport
import Testing

/// What a run's memory holds of a key that a token shrouded: nothing.
///
/// A run over NSS's software token is stopped again and again, and what it can write to is searched for the private
/// exponent and the primes, in either order of bytes. Its host's memory is that of the software token itself, which has to
/// have the key: that it is found there shows that the search finds what is there, as does the same run with keys that come
/// out wrapped.
@Suite struct TokenMemoryTests {
    private struct Findings {
        let status: Int
        let scans: Int
        /// How often the run's own memory held any of the numbers, and its host's.
        let own: Int
        let host: Int
    }

    @Test(.timeLimit(.minutes(8))) func aShroudedKeyIsNeverInTheMemoryOfTheRun() throws {
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

    private func run(_ bench: TokenBench<NSSToken>, _ vector: Vector, way: String) throws -> Findings {
        // One key for many sites, so that there is something to look at for a while.
        let pipeline = try bench.write(
            inputs: (1...12).map {
                bench.input("site\($0)", "pkcs11:token=NSS%20Certificate%20DB", more: #", "export": ["\#(way)"]"#)
            }, more: #", "verify": "all""#)
        let numbers = try ["privateExponent", "prime1", "prime2"].map { name in
            try number(name, vector).dropFirst(16).prefix(32)
        }
        let output = try ExternalTool.python3.check(
            ["-c", Self.scanner, numbers.joined(separator: ","), Recapi.executable, "run", pipeline], timeLimit: 200)
        let counts = output.text.split(separator: " ").compactMap { Int($0.trimmingCharacters(in: .newlines)) }
        try #require(counts.count == 4, "\(output.errorText)")
        return Findings(status: counts[0], scans: counts[1], own: counts[2], host: counts[3])
    }

    /// A number of the vector's key, in hex, as openssl prints it.
    private func number(_ name: String, _ vector: Vector) throws -> String {
        let key = try ExternalTool.openssl.check(
            ["pkcs12", "-in", vector.path, "-passin", "pass:" + vector.password, "-nocerts", "-nodes"])
        let text = try ExternalTool.openssl.check(["rsa", "-noout", "-text"], input: key.standardOutput).text
        let lines = text.split(separator: "\n").drop { !$0.hasPrefix(name) }.dropFirst()
        let digits = lines.prefix { $0.hasPrefix(" ") }.joined().filter(\.isHexDigit)
        return String(digits.drop { $0 == "0" }.count.isMultiple(of: 2) ? digits.drop { $0 == "0" } : digits[...])
    }

    /// Starts a program, and stops it and its children some fifty times a second to search their writable memory.
    private static let scanner = """
        import os, re, signal, subprocess, sys, time

        def children(pid):
            found = set()
            try:
                for thread in os.listdir(f"/proc/{pid}/task"):
                    found |= {int(child) for child in open(f"/proc/{pid}/task/{thread}/children").read().split()}
            except OSError:
                pass
            return sorted(found)

        def holds(pid):
            try:
                with open(f"/proc/{pid}/mem", "rb", 0) as memory, open(f"/proc/{pid}/maps") as maps:
                    for line in maps:
                        match = re.match("([0-9a-f]+)-([0-9a-f]+) rw", line)
                        if not match:
                            continue
                        start, end = int(match[1], 16), int(match[2], 16)
                        try:
                            memory.seek(start)
                            data = memory.read(end - start)
                        except OSError:
                            continue
                        if any(trace in data for trace in traces):
                            return True
            except ProcessLookupError:
                pass
            return False

        def tell(pids, number):
            for pid in pids:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass

        numbers = [bytes.fromhex(text) for text in sys.argv[1].split(",")]
        traces = numbers + [number[::-1] for number in numbers]
        process = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL)
        scans = own = host = 0
        while process.poll() is None:
            pids = [process.pid] + children(process.pid)
            tell(pids, signal.SIGSTOP)
            scans += 1
            own += holds(process.pid)
            host += any([holds(pid) for pid in pids[1:]])
            tell(pids, signal.SIGCONT)
            time.sleep(0.01)
        print(process.returncode, scans, own, host)
        """
}
