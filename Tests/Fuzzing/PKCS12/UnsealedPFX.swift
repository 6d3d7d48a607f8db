import PKCS12
import SwiftASN1
import TestSupport

@testable import PKCS12

/// A PFX in which what has to be encrypted is in the clear, and the MAC is anybody's guess.
///
/// Inputs are such files: so a change is one to what stands behind MAC and encryption, and libFuzzer sees the comparisons that
/// the reader makes with it.
struct UnsealedPFX {
    private var tree: DERTree
    /// What follows the file's one value.
    private let rest: [UInt8]

    var bytes: [UInt8] { tree.serialized + rest }

    /// Nil where the bytes are too far from a PFX to be sealed.
    init?(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        guard let tree = DERTree(takingFrom: &rest) else { return nil }
        self.tree = tree
        self.rest = Array(rest)
    }

    /// Decrypts a file, and sets its counts of iterations down to such as take no time.
    init(opening file: [UInt8], passwords: [SecretBytes], _ cryptography: any PKCS12Cryptography) throws {
        guard let whole = UnsealedPFX(file[...]) else { throw PKCS12Error(.malformed, "it is no BER") }
        self = whole
        tree.joinPieces()
        try tree.forEachLock(limits: Limits()) { scheme, content in
            var failure: any Error = PKCS12Error(.wrongPassword, "no password for a seed")
            for password in passwords.flatMap({ [EncodedPassword($0)] + EncodedPassword.fallbacks($0) }) {
                do {
                    let keys = try cryptography.deriveAll(scheme.derivations(password))
                    let (key, vector) = try scheme.keyAndVector(keys)
                    return try cryptography.decrypt(content[...], with: scheme.cipher, key: key, iv: vector)
                        .withUnsafeBytes(Array.init)
                } catch {
                    failure = error
                }
            }
            throw failure
        }
        tree.lowerCounts()
    }

    /// The file with its parts encrypted, and a MAC over them.
    ///
    /// What names no scheme, or none that fits the limits, stays as it is.
    mutating func seal(
        _ password: SecretBytes, macPassword: SecretBytes?, limits: Limits, _ cryptography: any PKCS12Cryptography
    ) throws {
        try tree.forEachLock(limits: limits) { scheme, text in
            guard let (key, vector) = try? scheme.keyAndVector(for: password, with: cryptography) else { return text }
            return try cryptography.encrypt(SecretBytes(copying: text), with: scheme.cipher, key: key, iv: vector)
        }
        if let macPassword { try authenticate(macPassword, limits: limits, cryptography) }
    }

    private mutating func authenticate(
        _ password: SecretBytes, limits: Limits, _ cryptography: any PKCS12Cryptography
    ) throws {
        guard tree.children.count >= 3, let safe = tree.children[1].children.dropFirst().first?.children.first,
            tree.children[2].children.first?.children.count == 2,
            let scheme = tree.children[2].macScheme(limits: limits)
        else { return }
        let keys = try cryptography.deriveAll([scheme.derivation(for: password)])
        tree.children[2].children[0].children[1].contentBytes = try cryptography.hmac(
            safe.joined[...], with: scheme.digest, key: keys[0])
    }
}

extension DERTree {
    /// Replaces the content of all that is encrypted, what is inside first.
    fileprivate mutating func forEachLock(
        limits: Limits, _ body: (EncryptionScheme, [UInt8]) throws -> [UInt8]
    ) rethrows {
        var children = children
        guard !children.isEmpty else { return }
        for index in children.indices {
            guard index > 0, [0x04, 0x80].contains(children[index].tag),
                let scheme = children[index - 1].encryptionScheme(limits: limits)
            else {
                try children[index].forEachLock(limits: limits, body)
                continue
            }
            // In the clear there is more to be found inside; in what is encrypted there is nothing.
            try children[index].forEachLock(limits: limits, body)
            var inside = DERTree.value(0x30, try body(scheme, children[index].contentBytes))
            inside = DERTree(inside.serialized[...]) ?? inside
            try inside.forEachLock(limits: limits, body)
            children[index].children = inside.children
            if inside.children.isEmpty { children[index].contentBytes = inside.contentBytes }
        }
        self.children = children
    }

    private func encryptionScheme(limits: Limits) -> EncryptionScheme? {
        guard tag == 0x30 else { return nil }
        return read { try EncryptionScheme(AlgorithmIdentifier(from: &$0, "a scheme"), limits: limits) }
    }

    fileprivate func macScheme(limits: Limits) -> MACScheme? {
        read { try MACScheme.parse(&$0, limits: limits).0 }
    }

    /// As the reader sees the value.
    private func read<Value>(_ body: (inout DERCursor) throws -> Value) -> Value? {
        serialized.withUnsafeBytes { bytes in
            try? BERNormalizer.withDER(of: bytes, limits: Limits()) { der in
                var cursor = DERCursor(der)
                return try body(&cursor)
            }
        }
    }

    /// The content of a string that may be in pieces.
    fileprivate var joined: [UInt8] {
        tag & 0x20 == 0 ? contentBytes : children.flatMap(\.joined)
    }

    /// Makes octet strings in pieces whole, so that what is in them comes into reach.
    fileprivate mutating func joinPieces() {
        if tag == 0x24
            || tag == 0xA0 && !children.isEmpty && children.allSatisfy({ $0.tag == 0x04 }) && children.count > 1
        {
            let whole = DERTree.value(tag & ~0x20, joined)
            self = DERTree(whole.serialized[...]) ?? whole
        }
        var children = children
        guard !children.isEmpty else { return }
        for index in children.indices { children[index].joinPieces() }
        self.children = children
    }

    /// Writes 2 for every number above 255 beside an octet string, as salts and iteration counts stand.
    fileprivate mutating func lowerCounts() {
        var children = children
        guard !children.isEmpty else { return }
        for index in children.indices {
            children[index].lowerCounts()
            guard index > 0, children[index].tag == 0x02, children[index - 1].tag == 0x04,
                children[index].contentBytes.drop(while: { $0 == 0 }).count > 1
            else { continue }
            children[index].contentBytes = [2]
        }
        self.children = children
    }
}
