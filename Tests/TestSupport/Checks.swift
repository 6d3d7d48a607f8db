import PKCS12
import Providers

/// The code of the error that `body` ends in; nil where it ends well.
public func errorCode(_ body: () throws -> some Any) -> String? {
    thrown(by: body).map { ($0 as? any CodedError)?.codeName ?? "not a coded error: \($0)" }
}

/// The error that `body` ends in; nil where it ends well.
public func thrown(by body: () throws -> some Any) -> (any Error)? {
    do {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

public func secret(_ text: String) -> SecretBytes { SecretBytes(copying: text.utf8) }

public func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { $0 < 16 ? "0\(String($0, radix: 16, uppercase: true))" : String($0, radix: 16, uppercase: true) }
        .joined()
}

extension InstalledProviders {
    /// The cryptography of the OpenSSL provider.
    public static var crypto: any CryptoProvider {
        get throws {
            guard let crypto = try openSSL.crypto else {
                throw ExternalTool.Failure(description: "openssl has no crypto")
            }
            return crypto
        }
    }

    /// SHA-1, upper-case hex.
    public static func thumbprint(_ der: [UInt8]) throws -> String {
        hex(try crypto.digest(der[...], with: .sha1))
    }
}

/// Random numbers that a test can have again (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    public mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: count, using: &self)).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// True once in `count` times.
    public mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    public mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }
}
