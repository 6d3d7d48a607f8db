import Foundation
import PKCS12
import TestSupport
import Testing

@testable import Providers

/// What processes have, what they leave behind, and how they end.
@Suite struct ResourceTests {
    private let plugin: WrappedPlugin

    init() throws {
        plugin = try WrappedPlugin()
    }

    @Test func processesEndWithTheProvider() throws {
        var provider: Provider? = try plugin.load()
        let processes = plugin.processes()
        #expect(processes.count == 1)
        #expect(provider != nil)
        provider = nil
        #expect(eventually { processes.allSatisfy { kill($0, 0) != 0 } }, "a process lives on, or is not reaped")
    }

    /// Other tests open and close descriptors meanwhile: so it is repeated so often that a leak stands out.
    @Test func crashesLeaveNoDescriptorsAndNoZombies() throws {
        // Answers one digest, and ends at the next.
        let host = try FakeHost("describe(); uint64_t n[] = {20, 0, 0, 0}; answer_bytes(n, 28); request(); _exit(1);")
        defer { withExtendedLifetime(host) {} }
        let crypto = try #require(try host.provider().crypto)
        let before = descriptorCount()
        let repetitions = 400
        for _ in 0..<repetitions {
            #expect(try crypto.digest([1], with: .sha1).count == 20)
            #expect(errorCode { try crypto.digest([1], with: .sha1) } == "providerCrashed")
        }
        #expect(eventually { descriptorCount() < before + repetitions / 2 })
        #expect(eventually { zombies().isEmpty })
    }

    @Test func aProcessHasNothingButItsChannel() throws {
        // A descriptor that programs inherit.
        let inherited = open("/dev/zero", O_RDONLY)
        defer { close(inherited) }
        let provider = try plugin.load()
        let process = try #require(plugin.processes().first)
        #expect(try link(process, 0) == "/dev/null" && link(process, 1) == "/dev/null")
        #expect(try link(process, 3).hasPrefix("socket:"))
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
        let others = Set(names).subtracting(["0", "1", "2", "3"])
        #expect(try others.allSatisfy { try link(process, Int($0) ?? -1) != "/dev/zero" })
        withExtendedLifetime(provider) {}
    }

    @Test func aProcessDumpsNoCoreAndIgnoresWhatStopsARun() throws {
        let provider = try plugin.load()
        let process = try #require(plugin.processes().first)
        let limits = try text("/proc/\(process)/limits")
        #expect(limits.contains(#/Max core file size +0 +0 /#))
        let ignored = try #require(UInt64(try statusField("SigIgn", process), radix: 16))
        for signal in [SIGINT, SIGTERM, SIGHUP] { #expect(ignored & (1 << (UInt64(signal) - 1)) != 0) }
        #expect(UInt64(try statusField("SigBlk", process), radix: 16) == 0)
        withExtendedLifetime(provider) {}
    }

    @Test func variablesWithPasswordsAreWithheld() throws {
        let provider = try plugin.load { $0.withheldVariables = ["PATH"] }
        let process = try #require(plugin.processes().last)
        let variables = try text("/proc/\(process)/environ").split(separator: "\0")
        #expect(variables.contains("SWIFT_BACKTRACE=enable=no"))
        #expect(!variables.contains { $0.hasPrefix("PATH=") })
        #expect(ProcessInfo.processInfo.environment["PATH"] != nil)
        withExtendedLifetime(provider) {}
    }

    private func descriptorCount() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? .max
    }

    /// Hosts that ended and that nobody waited for.
    private func zombies() -> [String] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        let children = threads.flatMap {
            ((try? text("/proc/self/task/\($0)/children")) ?? "").split(separator: " ").compactMap { pid_t($0) }
        }
        return children.compactMap { try? text("/proc/\($0)/stat") }
            .filter { $0.contains("(recapi-provider) Z ") || $0.contains("(host) Z ") }
    }

    private func statusField(_ name: String, _ process: pid_t) throws -> String {
        let line = try #require(
            try text("/proc/\(process)/status").split(separator: "\n").first { $0.hasPrefix(name + ":") })
        return line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
    }

    private func link(_ process: pid_t, _ descriptor: Int) throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(descriptor)")
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
    }
}
