import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

/// Looks for the numbers of a private key in the memory of this process.
@Suite(.disabled(if: isSanitized, "sanitizers map terabytes of memory of their own"))
struct MemoryTests {
    @Test func aKeyThatIsShroudedInTheTokenIsNotInThisProcess() throws {
        let token = try NSSToken()
        try token.makeKey("nss")
        let numbers = try maskedNumbers(ofKey: token.folder.path("nss.key"))
        #expect(numbers.count == 3)
        let tokens = try token.provider()
        let crypto = try InstalledProviders.crypto
        let shroud = TokenShroud(
            cipher: .tripleDESCBC, key: SecretBytes(copying: try crypto.randomBytes(24)),
            initializationVector: SecretBytes(copying: try crypto.randomBytes(8)))
        let shrouded = try tokens.export(
            NSSToken.uri, module: token.module, login: NSSToken.login(), ways: [.shrouded], shroud: shroud)
        #expect(try numbers.map { try isInMemory($0) } == [false, false, false])
        // That the search finds what is there: a key in the clear.
        let wrapped = try tokens.export(
            NSSToken.uri, module: token.module, login: NSSToken.login(), ways: [.wrapped], shroud: nil)
        #expect(try numbers.map { try isInMemory($0) } == [true, true, true])
        withExtendedLifetime((shrouded, wrapped)) {}
    }

    /// d, p and q of a key that openssl tells, each byte changed: so that this process never has the numbers themselves.
    private func maskedNumbers(ofKey file: String) throws -> [[UInt8]] {
        let text = try ExternalTool.openssl.check(["rsa", "-in", file, "-text", "-noout"]).text
        return ["privateExponent:", "prime1:", "prime2:"].compactMap { name in
            let lines = text.split(separator: "\n").drop { $0 != name }.dropFirst().prefix { $0.hasPrefix(" ") }
            let digits = lines.joined().filter(\.isHexDigit).map { UInt8($0.hexDigitValue ?? 0) }
            let bytes = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
            // From the middle, where no tool leaves out zeros.
            return bytes.isEmpty ? nil : bytes[32..<48].map { $0 ^ Self.mask }
        }
    }

    private static let mask: UInt8 = 0xa5

    private func isInMemory(_ masked: [UInt8]) throws -> Bool {
        let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        defer { close(memory) }
        // As text that another process reads: the file changes while this one allocates.
        let maps = try ExternalTool(name: "cat", package: "coreutils").check(["/proc/\(getpid())/maps"]).text
        let size = 1 << 20
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { buffer.deallocate() }
        for line in maps.split(separator: "\n") where line.split(separator: " ")[1].hasPrefix("rw") {
            let ends = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            // Windows overlap, so that nothing hides between two.
            for start in stride(from: ends[0], to: ends[1], by: size - masked.count) {
                let count = pread(memory, buffer.baseAddress, min(size, Int(ends[1] - start)), off_t(start))
                if count > masked.count, contains(UnsafeRawBufferPointer(rebasing: buffer[..<count]), masked) {
                    return true
                }
            }
        }
        return false
    }

    private func contains(_ bytes: UnsafeRawBufferPointer, _ masked: [UInt8]) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        // By a byte that neither texts nor small numbers nor addresses have: memory is full of those, and this code is not
        // optimized.
        let anchor = masked.firstIndex { (0x80..<0xf0).contains($0 ^ Self.mask) } ?? 0
        let last = bytes.count - masked.count
        var start = 0
        let byte = Int32(masked[anchor] ^ Self.mask)
        while start <= last, let found = memchr(base + start + anchor, byte, last - start + 1) {
            start = UnsafeRawPointer(found) - base - anchor
            if masked.indices.allSatisfy({ bytes[start + $0] ^ Self.mask == masked[$0] }) { return true }
            start += 1
        }
        return false
    }
}
