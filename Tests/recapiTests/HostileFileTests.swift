import PKCS12
import TestSupport
import Testing

/// Attacks that others have suffered (docs/hostile-input.md), through the command as users run it: each ends in a code, or in
/// a right conversion, in little time and memory.
@Suite struct HostileFileTests {
    /// The figures hold without a sanitizer only.
    @Test(
        .disabled(if: isSanitized),
        arguments: Attack.contents + Attack.attributes + Attack.counts + Attack.lengths + Attack.keys
    )
    func endsSoon(_ attack: Attack) throws {
        let workshop = try Workshop()
        let usage = try Usage(of: try convert(attack, in: workshop))
        let manifest = try JSONDocument(try workshop.folder.read("out/manifest.json"))
        let item = manifest["items"][0]
        #expect(item["error"]["code"].string == attack.code)
        #expect(item["status"].string == (attack.code == nil ? "converted" : "failed"))
        #expect(usage.status == (attack.code == nil ? 0 : 1))
        #expect(usage.seconds < 2)
        #expect(usage.peakBytes < 100 << 20, "\(usage.peakBytes >> 20) MiB")
    }

    /// Of two provider names that the file has, the output has the one of its profile.
    @Test func twoProviderNamesBecomeOne() throws {
        let workshop = try Workshop()
        let usage = try Usage(of: try convert(.duplicates, in: workshop))
        #expect(usage.status == 0)
        let reading = try OpenSSLReading(workshop.out + "/attack.pfx", password: "pass:" + CraftedPFX.password)
        #expect(reading.providerNames == ["Microsoft RSA SChannel Cryptographic Provider"])
    }

    /// The arguments that convert a file.
    private func convert(_ attack: Attack, in workshop: Workshop) throws -> [String] {
        let password = try workshop.write(password: CraftedPFX.password, to: "crafted")
        let path = try workshop.folder.write(try attack.file(), to: "attack.pfx")
        return ["convert", "--out", workshop.out, "--password", password, "--output-password", password, path]
    }
}

/// What recapi took, its own processes included.
///
/// A small process is in between: a new program is charged with the peak of the memory that its parent had.
private struct Usage {
    let status: Int
    /// Of processors.
    let seconds: Double
    let peakBytes: Int

    init(of arguments: [String]) throws {
        let output = try ExternalTool.python3.check(["-c", Self.script, Recapi.executable] + arguments)
        let usage = try JSONDocument(output.standardOutput)
        guard let status = usage["status"].int, let milliseconds = usage["milliseconds"].int,
            let kibibytes = usage["kibibytes"].int
        else { throw TestFailure(description: "there are no figures in \(output.text)") }
        (self.status, seconds, peakBytes) = (status, Double(milliseconds) / 1_000, kibibytes << 10)
    }

    private static let script = """
        import json, resource, subprocess, sys
        status = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(json.dumps({"status": status, "kibibytes": usage.ru_maxrss,
            "milliseconds": int(1000 * (usage.ru_utime + usage.ru_stime))}))
        """
}
