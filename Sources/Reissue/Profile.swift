import PKCS12

/// What the output of a re-issue has to be: which provider Windows shall put the key under, and how the file is protected.
public struct Profile: Sendable, Hashable {
    /// The name in pipeline.json: `schannel`, `rsa-aes`, `enhanced`, `unnamed`.
    public var name: String
    /// The Microsoft CSP Name to write; nil to write none and leave the choice to the importer.
    public var providerName: String?
    public var keySpec: KeySpec
    public var encryption: Encryption
    public var machineKeySet: MachineKeySet

    /// Which of CAPI1's two keys of a container the key becomes.
    public enum KeySpec: String, Sendable, Hashable, Codable, CaseIterable {
        /// AT_KEYEXCHANGE (1): signs and decrypts.
        case exchange
        /// AT_SIGNATURE (2): signs only.
        case signature
    }

    /// How the output file is protected.
    public enum Encryption: String, Sendable, Hashable, Codable, CaseIterable {
        /// 3DES for key and certificates, SHA-1 MAC, 2000 iterations: every Windows reads it.
        case tripleDESSHA1 = "3des-sha1"
        /// AES-256 with PBKDF2-HMAC-SHA-256, SHA-256 MAC, 2000 iterations: Windows 10 and Server 1709 and later.
        case aes256SHA256 = "aes256-sha256"
    }

    /// Whether the file marks the key for the machine's key set (1.3.6.1.4.1.311.17.2).
    public enum MachineKeySet: String, Sendable, Hashable, Codable, CaseIterable {
        /// As the input had it.
        case keep
        case set
        case clear
    }
}
