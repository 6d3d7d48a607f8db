import Foundation
import TestSupport
import Testing

/// What is left in memory once a run has done its work: neither a password nor a private number, whatever came of it.
///
/// Not with a sanitizer: those keep what was freed, to tell of uses after that.
@Suite(.serialized, .disabled(if: isSanitized, "sanitizers keep freed memory as it is"))
struct MemoryTests {
    private let workshop: Workshop
    private let inputPassword = "Viertel-Regenschirm-Kanne"
    private let outputPassword = "Korrekt-Pferd-Batterie-Heftklammer"
    private let traces: [String: [UInt8]]

    init() throws {
        workshop = try Workshop()
        let signer = try Workshop.Signer(in: workshop.folder, password: inputPassword)
        // A file per site: candidates that do not fit come first.
        for index in 1...8 {
            try FileManager.default.createDirectory(
                atPath: workshop.folder.path("in"), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: signer.file, toPath: workshop.folder.path("in/\(index).pfx"))
        }
        var traces = [String: [UInt8]]()
        for (name, number) in try OpenSSLReading.privateNumbers(signer.file, password: "pass:" + inputPassword) {
            // Anywhere but at the ends, where there may be zeros.
            traces[name + " (start)"] = Array(number.dropFirst(8).prefix(16))
            traces[name + " (end)"] = Array(number.dropLast(8).suffix(16))
        }
        for (name, password) in [("input password", inputPassword), ("output password", outputPassword)] {
            traces[name] = Array(password.utf8.dropFirst(2).prefix(16))
            traces[name + " (BMPString)"] = Array(password.utf8.dropFirst(2).prefix(8).flatMap { [0, $0] })
        }
        self.traces = traces
    }

    /// Runs `convert` with these options, after candidates of passwords.
    ///
    /// - Parameter preload: a library that is loaded before all others.
    private func scan(_ options: [String], passwords: [String]? = nil, preload: String? = nil) throws -> MemoryScan {
        let passwords = try passwords ?? [workshop.write(password: inputPassword, to: "right")]
        return try MemoryScan(
            (preload.map { ["/usr/bin/env", "LD_PRELOAD=" + $0] } ?? []) + [
                Recapi.executable, "convert", workshop.folder.path("in"), "--out", workshop.out, "--output-password",
                workshop.write(password: outputPassword, to: "output"),
            ] + passwords.flatMap { ["--password", $0] } + options,
            searching: traces, until: workshop.out + "/manifest.json")
    }

    /// Work takes some milliseconds, and on a busy machine nobody may have looked in the meantime: then it is done again.
    private func seen(_ scan: () throws -> MemoryScan) throws -> MemoryScan {
        var last = try scan()
        for _ in 0..<9 where last.own == 0 && last.left == [] {
            try FileManager.default.removeItem(atPath: workshop.out)
            last = try scan()
        }
        return last
    }

    private func codes() throws -> [String?] {
        try JSONDocument(contentsOf: workshop.out + "/manifest.json")["items"].array.map { $0["error"]["code"].string }
    }

    @Test(arguments: [
        ["--provider", "openssl"], ["--provider", "gnutls"], [], ["--isolate", "openssl", "--isolate", "gnutls"],
        ["--encryption", "aes256-sha256"],
    ]) func aConversionLeavesNothing(options: [String]) throws {
        let scan = try seen { try self.scan(options) }
        #expect(scan.status == 0)
        #expect(try codes() == Array(repeating: nil, count: 8))
        // While it worked, they were there: what is searched for is right.
        #expect(scan.own > 0)
        #expect(scan.left == [])
    }

    /// An allocator that tells how large its pieces are: C's are overwritten before it gets them back.
    @Test(arguments: [[], ["--isolate", "openssl", "--isolate", "gnutls"]])
    func aConversionWithJemallocLeavesNothing(options: [String]) throws {
        let scan = try seen { try self.scan(options, preload: OtherAllocator.jemalloc) }
        #expect(scan.status == 0)
        #expect(try codes() == Array(repeating: nil, count: 8))
        #expect(scan.own > 0)
        #expect(scan.left == [])
    }

    @Test(arguments: ["openssl", "gnutls"]) func candidatesThatDoNotFitAreGoneAsWell(provider: String) throws {
        let wrong = "Ganz-und-gar-falsches-Kennwort"
        let scan = try seen {
            try MemoryScan(
                [
                    Recapi.executable, "convert", workshop.folder.path("in"), "--out", workshop.out, "--provider",
                    provider, "--password", workshop.write(password: wrong, to: "wrong"), "--output-password",
                    workshop.write(password: outputPassword, to: "output"),
                ], searching: ["wrong": Array(wrong.utf8.prefix(16))].merging(traces) { $1 },
                until: workshop.out + "/manifest.json")
        }
        #expect(scan.status == 1)
        #expect(try codes() == Array(repeating: "wrongPassword", count: 8))
        #expect(scan.own > 0)
        #expect(scan.left == [])
    }

    /// One has a certificate that is not its key's, one is cut, one has a key that CAPI1 does not take.
    @Test(arguments: ["openssl", "gnutls"]) func filesThatFailLeaveNothing(provider: String) throws {
        let bytes = try workshop.folder.read("in/1.pfx")
        try workshop.folder.write(bytes.dropLast(100), to: "in/1.pfx")
        try workshop.folder.write(
            bytes.prefix(bytes.count / 2) + [0] + bytes.suffix(bytes.count / 2 - 1), to: "in/2.pfx")
        try workshop.folder.write([], to: "in/3.pfx")
        // A folder where its output is due: it fails last of all, with the key in hand.
        try FileManager.default.createDirectory(atPath: workshop.out + "/4.pfx", withIntermediateDirectories: true)
        let scan = try scan(["--provider", provider])
        #expect(scan.status == 3)
        #expect(try codes().count { $0 == nil } == 4)
        #expect(scan.left == [])
    }

    /// The environment of a process is where the system put it: that the search finds what is there at the end.
    @Test func aPasswordInTheEnvironmentStaysThere() throws {
        setenv("RECAPI_TEST_MEMORY", inputPassword, 1)
        defer { unsetenv("RECAPI_TEST_MEMORY") }
        let scan = try scan([], passwords: ["env:RECAPI_TEST_MEMORY"])
        #expect(scan.status == 0)
        #expect(scan.left == ["input password"])
    }
}
