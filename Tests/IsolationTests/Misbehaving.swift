import Foundation
import PKCS12
import TestSupport

@testable import Providers

/// A plugin in C around the real OpenSSL plugin, which it forwards everything to, unless told to misbehave by how the
/// data of a digest begins, or by bytes within the data of an HMAC.
struct WrappedPlugin: Sendable {
    /// What bytes that are fatal do to the process.
    enum Fate: String, CaseIterable {
        case crash = "abort()"
        case hang = "for (;;) pause()"
        case outOfMemory = "use_up_memory()"
    }

    static let name = "wrapped"
    let folder: TemporaryFolder

    /// - Parameters:
    ///   - fatalBytes: an HMAC over data with them ends as `fate` says.
    ///   - fatalPassword: the reader ends the process when it is given this.
    ///   - atStart: what the entry point does first, in C.
    init(
        fatalBytes: [UInt8] = [], fate: Fate = .crash, fatalPassword: String = "none", atStart: String = ""
    ) throws {
        folder = try TemporaryFolder()
        guard
            let real = ProviderLoader().folders.map({ "\($0)/librecapi-provider-openssl.so" })
                .first(where: { FileManager.default.fileExists(atPath: $0) })
        else { throw ProviderError(.notFound, "there is no OpenSSL plugin beside the tests") }
        let fatal = fatalBytes.isEmpty ? "0" : fatalBytes.map(String.init).joined(separator: ", ")
        try folder.compile(
            Self.source, to: "librecapi-provider-wrapped.so",
            [
                "-shared", "-fPIC", "-DREAL=\"\(real)\"", "-DFATAL=\(fatal)", "-DFATAL_SIZE=\(fatalBytes.count)",
                "-DFATE=\(fate.rawValue)", "-DAT_START=\(atStart)", "-DFATAL_PASSWORD=\"\(fatalPassword)\"",
            ])
    }

    func loader(_ change: (inout Isolation) -> Void = { _ in }) -> ProviderLoader {
        var isolation = Isolation()
        change(&isolation)
        return ProviderLoader(folders: [folder.path], isolation: isolation) { _ in true }
    }

    func load(_ change: (inout Isolation) -> Void = { _ in }) throws -> Provider {
        try loader(change).load(Self.name)
    }

    /// Processes, living or dead, that were started for this plugin.
    func processes() -> [pid_t] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return numbers.compactMap { pid_t($0) }.filter { process in
            let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
            return String(decoding: line, as: UTF8.self).contains(folder.path + "/librecapi")
                && String(decoding: line, as: UTF8.self).contains("recapi-provider-host\0")
        }
    }

    private static let source = #"""
        #define _GNU_SOURCE
        #include "recapi_provider.h"
        #include <dlfcn.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/resource.h>
        #include <unistd.h>

        static const recapi_provider_v1 *real;
        static recapi_provider_v1 table;
        static recapi_crypto_v1 crypto;
        static recapi_reader_v1 reader;
        static const uint8_t fatal[] = {FATAL};

        static int told(recapi_bytes data, const char *what)
        {
            return data.size >= strlen(what) && memcmp(data.data, what, strlen(what)) == 0;
        }

        /* The call goes on, and finds nothing left. */
        static void use_up_memory(void)
        {
            const struct rlimit none = {0, 0};
            setrlimit(RLIMIT_AS, &none);
            for (size_t size = 1 << 20; size > 0; size /= 2)
                while (malloc(size)) {}
        }

        static recapi_status digest(void *c, uint32_t a, recapi_bytes data, uint8_t *o, uint64_t n, recapi_reason *r)
        {
            if (told(data, "abort")) abort();
            if (told(data, "fault")) {
                signal(SIGSEGV, SIG_DFL); /* which sanitizers take */
                *(volatile int *)8 = 1;
            }
            if (told(data, "exit")) _exit(3);
            if (told(data, "terminated")) raise(SIGKILL);
            if (told(data, "hang")) for (;;) pause();
            if (told(data, "slow")) usleep(400000);
            if (told(data, "wild")) {
                char nonsense[100];
                memset(nonsense, 'x', sizeof nonsense);
                (void)!write(3, nonsense, sizeof nonsense);
            }
            if (told(data, "close")) { close(3); for (;;) pause(); }
            if (told(data, "number")) { int pid = getpid(); memset(o, 0, n); memcpy(o, &pid, sizeof pid); return RECAPI_OK; }
            if (told(data, "reason")) { snprintf(r->text, r->capacity, "the \x1b[1mmoon\x07\nwait"); return RECAPI_FAILED; }
            return real->crypto->digest(c, a, data, o, n, r);
        }

        static recapi_status hmac(void *c, uint32_t a, recapi_bytes k, recapi_bytes data, uint8_t *o, uint64_t n,
                                  recapi_reason *r)
        {
            if (FATAL_SIZE > 0 && memmem(data.data, data.size, fatal, FATAL_SIZE)) { FATE; }
            return real->crypto->hmac(c, a, k, data, o, n, r);
        }

        static recapi_status encrypt(void *c, uint32_t a, recapi_bytes k, recapi_bytes i, recapi_bytes data,
                                     recapi_buffer *o, recapi_reason *r)
        {
            recapi_status status = real->crypto->encrypt(c, a, k, i, data, o, r);
            if (told(data, "long")) o->size = 1ull << 40;
            return status;
        }

        static recapi_status read_file(void *c, recapi_bytes file, recapi_bytes password, const recapi_sink *sink,
                                       recapi_reason *r)
        {
            if (told(password, FATAL_PASSWORD)) abort();
            return real->reader->read(c, file, password, sink, r);
        }

        recapi_status recapi_provider_wrapped_v1(const recapi_provider_v1 **provider, recapi_reason *reason)
        {
            AT_START;
            void *library = dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
            recapi_provider_entry_v1 entry = library ? (recapi_provider_entry_v1)dlsym(library, "recapi_provider_openssl_v1") : 0;
            if (!entry) return RECAPI_FAILED;
            recapi_status status = entry(&real, reason);
            if (status != RECAPI_OK) return status;
            table = *real;
            crypto = *real->crypto;
            reader = *real->reader;
            reader.read = read_file;
            table.reader = &reader;
            crypto.digest = digest;
            crypto.hmac = hmac;
            crypto.encrypt = encrypt;
            table.name = "wrapped";
            table.crypto = &crypto;
            *provider = &table;
            return RECAPI_OK;
        }
        """#
}

/// A program in C in the place of `recapi-provider-host`.
struct FakeHost: Sendable {
    let folder: TemporaryFolder

    /// - Parameter body: what `main` does; it has `describe()` to answer the first request as a good host does.
    init(_ body: String) throws {
        folder = try TemporaryFolder()
        try folder.compile(Self.before + "int main(void) {\n\(body)\nreturn 0; }\n", to: "host", [])
    }

    /// A provider that is not checked for consistency.
    func provider(_ change: (inout Isolation) -> Void = { _ in }) throws -> Provider {
        var isolation = Isolation()
        isolation.hostPath = folder.path("host")
        isolation.processes = 1
        change(&isolation)
        return try IsolatedProvider.provider(named: "odd", plugin: "/nowhere", isolation: isolation)
    }

    private static let before = #"""
        #include <stdint.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>

        struct header { uint32_t magic; uint16_t version, kind; uint64_t call, length; };
        static const struct header good = {0x52435048, 1, 0x8000, 1, 0};

        static struct header request(void)
        {
            struct header header;
            char body[4096];
            if (read(3, &header, sizeof header) != sizeof header) _exit(0);
            for (uint64_t left = header.length; left > 0;) {
                ssize_t count = read(3, body, left < sizeof body ? left : sizeof body);
                if (count <= 0) _exit(0);
                left -= count;
            }
            return header;
        }

        static void send_all(struct header header, const void *body, uint64_t size)
        {
            (void)!write(3, &header, sizeof header);
            (void)!write(3, body, size);
        }

        static uint64_t *text(uint64_t *p, const char *text)
        {
            *p++ = strlen(text);
            memcpy(p, text, strlen(text));
            return (uint64_t *)((char *)p + strlen(text));
        }

        /* A provider with SHA-1 that verifies nothing, with a reader that reports nothing, and without tokens. */
        static void describe(void)
        {
            struct header header = good;
            char body[256];
            header.call = request().call;
            uint64_t *p = text(text((uint64_t *)body, "odd"), "Odd 1.0");
            *p++ = 1; *p++ = 1 << 1; *p++ = 0; *p++ = 0;
            *p++ = 1; *p++ = 0; *p++ = 0; *p++ = 0;
            header.length = (char *)p - body;
            send_all(header, body, header.length);
        }

        /* Answers the next request. */
        static void answer_bytes(const void *bytes, uint64_t count)
        {
            struct header header = good;
            header.call = request().call;
            header.length = count;
            send_all(header, bytes, count);
        }

        /* As answer_bytes, with numbers and another header. */
        static void answer(struct header header, const uint64_t *numbers, uint64_t count)
        {
            header.call = request().call;
            header.length = count * 8;
            send_all(header, numbers, count * 8);
        }

        """#
}

extension TemporaryFolder {
    func compile(_ source: String, to name: String, _ options: [String]) throws {
        try write(source.utf8, to: name + ".c")
        let include = PackageFolder.root.appending(path: "Sources/CProviderABI/include").path
        try ExternalTool(name: "cc", package: "gcc").check(
            ["-I", include, "-o", path(name), path(name + ".c")] + options)
    }
}

/// Whether something comes true within ten seconds.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<1_000 {
        if condition() { return true }
        usleep(10_000)
    }
    return condition()
}
