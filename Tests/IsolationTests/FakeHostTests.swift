import PKCS12
import Providers
import TestSupport
import Testing

/// Answers that no honest host gives.
@Suite struct FakeHostTests {
    @Test(arguments: [
        ("request(); write(3, \"HTTP/1.1 400 Bad Request\\r\\n\\r\\n\", 28);", "providerInconsistent", "no message"),
        ("struct header h = good; h.version = 2; answer(h, 0, 0);", "providerInconsistent", "version 2"),
        (
            "struct header h = good; request(); h.length = 1ull << 60; send_all(h, 0, 0); sleep(60);",
            "providerInconsistent", "1152921504606846976 bytes"
        ),
        (
            "struct header h = good; request(); h.length = 1ull << 63; send_all(h, 0, 0);", "providerInconsistent",
            "bytes"
        ),
        ("struct header h = good; request(); h.length = 100; send_all(h, \"abc\", 3);", "providerCrashed", "status 0"),
        ("struct header h = good; request(); h.call = 9; send_all(h, 0, 0);", "providerInconsistent", "this call"),
        ("struct header h = good; h.kind = 7; answer(h, 0, 0);", "providerInconsistent", "this call"),
        ("request(); _exit(5);", "providerCrashed", "status 5"),
        ("answer(good, 0, 0);", "providerInconsistent", "ends within a number"),
        // The texts' lengths lead out of the message.
        ("uint64_t n[] = {30, 0}; answer(good, n, 2);", "providerInconsistent", "30 bytes"),
        ("uint64_t n[] = {-1, 0}; answer(good, n, 2);", "providerInconsistent", "18446744073709551615"),
        // An error that is a success, and one without a known code.
        (
            "struct header h = good; h.kind = 0x8001; uint64_t n[] = {0, 0, 0}; answer(h, n, 3);",
            "providerInconsistent", "success"
        ),
        (
            "struct header h = good; h.kind = 0x8001; uint64_t n[] = {1, 1, 'x', 0, 0}; answer(h, n, 5);",
            "providerInconsistent", "code"
        ),
        (
            "struct header h = good; h.kind = 0x8001; request(); h.length = 1 << 20; send_all(h, 0, 0); sleep(60);",
            "providerInconsistent", "1048576 bytes"
        ),
    ])
    func nonsenseAtTheStartIsRefused(body: String, code: String, reason: String) throws {
        let host = try FakeHost(body)
        let error = #expect(throws: ProviderError.self) { try host.provider() }
        #expect(error?.code.rawValue == code)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: [
        ("uint64_t n[] = {19, 0, 0}; answer(good, n, 3);", "the number 19"),
        ("uint64_t n[] = {20, 0, 0}; answer(good, n, 3);", "20 bytes"),
        ("uint64_t n[] = {0}; answer(good, n, 1);", "the number 0"),
        ("struct header h = good; request(); h.call = 2; h.length = 29; send_all(h, 0, 0); sleep(60);", "29 bytes"),
        ("struct header h = good; request(); h.call = 1; h.length = 28; send_all(h, 0, 0); sleep(60);", "this call"),
    ])
    func aDigestOfAnotherSizeIsRefused(body: String, reason: String) throws {
        let host = try FakeHost("describe();" + body)
        defer { withExtendedLifetime(host) {} }
        let crypto = try #require(try host.provider().crypto)
        let error = #expect(throws: ProviderError.self) { try crypto.digest([1], with: .sha1) }
        #expect(error?.code == .inconsistent)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: [
        // Too many keys for the message; a key without numbers; a certificate with a name that is not reported.
        "uint64_t n[] = {1ull << 40}; answer(good, n, 1);",
        "uint64_t n[] = {1, 0, 0}; answer(good, n, 3);",
        "uint64_t n[] = {0, 1, 0, 0, 1, 0}; answer(good, n, 6);",
        "uint64_t n[] = {0, 0, 0}; answer(good, n, 3);",
        // Flags are 0 or 1.
        "uint64_t n[] = {0, 1, 0, 2, 0, 0}; answer(good, n, 6);",
    ])
    func aReportOfNonsenseIsRefused(body: String) throws {
        let host = try FakeHost("describe();" + body)
        defer { withExtendedLifetime(host) {} }
        let reader = try #require(try host.provider().reader)
        #expect(errorCode { try reader.read([1, 2, 3], password: secret("x")) } == "providerInconsistent")
    }

    @Test func aReportIsTakenAsItIs() throws {
        let host = try FakeHost("describe(); uint64_t n[] = {0, 1, 8, 0x3030303030303030, 0, 0}; answer(good, n, 6);")
        let report = try #require(try host.provider().reader).read([1], password: secret(""))
        #expect(report.keys.isEmpty)
        #expect(report.certificates.map(\.der) == [Array(repeating: 0x30, count: 8)])
    }

    /// What hangs is the sending: the request is larger than what the socket holds.
    @Test func aHostThatDoesNotReadIsStopped() throws {
        let host = try FakeHost("describe(); for (;;) pause();")
        let crypto = try #require(try host.provider { $0.timeLimit = .milliseconds(500) }.crypto)
        let data = [UInt8](repeating: 0, count: 4 << 20)
        #expect(errorCode { try crypto.digest(data[...], with: .sha1) } == "providerTimedOut")
    }

    @Test func aHostThatStartsAndNeverAnswersIsGivenUp() throws {
        let host = try FakeHost("describe(); request(); _exit(1);")
        defer { withExtendedLifetime(host) {} }
        let crypto = try #require(try host.provider { $0.restarts = 1 }.crypto)
        let codes = (0..<4).map { _ in errorCode { try crypto.digest([1], with: .sha1) } }
        #expect(codes == ["providerCrashed", "providerCrashed", "providerAbandoned", "providerAbandoned"])
    }

    @Test func aProviderThatBecomesAnotherIsRefused() throws {
        // Says something else of itself once a file beside it is there.
        let host = try FakeHost(
            """
            char path[4096]; path[readlink("/proc/self/exe", path, 4000)] = 0; strcat(path, ".c");
            if (access(path, F_OK) == 0) { unlink(path); describe(); request(); _exit(1); }
            uint64_t n[] = {3, 0};  struct header h = good; h.call = request().call;
            char body[64]; uint64_t *p = text(text((uint64_t *)body, "odd"), "Other 2.0"); *p++ = 0; *p++ = 0; *p++ = 0; *p++ = 0;
            h.length = (char *)p - body; send_all(h, body, h.length); (void)n; request();
            """)
        defer { withExtendedLifetime(host) {} }
        let crypto = try #require(try host.provider().crypto)
        #expect(errorCode { try crypto.digest([1], with: .sha1) } == "providerCrashed")
        let error = #expect(throws: ProviderError.self) { try crypto.digest([1], with: .sha1) }
        #expect(error?.code == .inconsistent)
        #expect(error?.reason.contains("something else") == true, "\(error?.reason ?? "")")
    }

    @Test func aMissingHostIsNamed() throws {
        var isolation = Isolation()
        isolation.hostPath = "/nowhere/host"
        let loader = ProviderLoader(isolation: isolation) { _ in true }
        let error = #expect(throws: ProviderError.self) { try loader.load("openssl") }
        #expect(error?.code == .loadFailed)
        #expect(error?.reason.contains("/nowhere/host") == true)
    }

    @Test func aFileThatIsNoProgramCannotBeStarted() throws {
        let folder = try TemporaryFolder()
        try folder.writeProgram([0, 1, 2], to: "host")
        var isolation = Isolation()
        isolation.hostPath = folder.path("host")
        let loader = ProviderLoader(isolation: isolation) { _ in true }
        #expect(errorCode { try loader.load("openssl") } == "providerLoadFailed")
    }
}
