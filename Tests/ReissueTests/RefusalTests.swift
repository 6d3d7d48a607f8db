import PKCS12
import Providers
import TestSupport
import Testing

@testable import Reissue

/// What is refused, with its own code and with what to do about it (design.md §5).
@Suite struct RefusalTests {
    @Test(arguments: Vectors.all.filter { $0.expect != Vector.convertible })
    func refusesWithItsCode(_ vector: Vector) throws {
        let error = thrown {
            try reissuer().reissue(vector.source, passwords: vector.passwords, outputPassword: secret(outputPassword))
        }
        let coded = try #require(error as? any CodedError)
        #expect(coded.codeName == vector.expect, "\(coded)")
        if coded is ReissueError {
            #expect(coded.hint?.isEmpty == false)
        }
    }

    @Test func refusesWithoutMACUnlessAllowed() throws {
        for vector in Vectors.all.filter({ $0.expectAllowingMissingMAC != nil }) {
            let reissuer = try reissuer(allowMissingMAC: true)
            let code = errorCode {
                try reissuer.reissue(vector.source, passwords: vector.passwords, outputPassword: secret(outputPassword))
            }
            #expect(code ?? Vector.convertible == vector.expectAllowingMissingMAC, "\(vector)")
        }
    }

    @Test func refusesAnEmptyOutputPassword() throws {
        let vector = Vectors.named("openssl-3des")
        for password in vector.passwords {
            let error = thrown {
                try reissuer().reissue(vector.source, passwords: [password], outputPassword: secret(""))
            }
            #expect((error as? ReissueError)?.code == .emptyOutputPassword)
            #expect((error as? ReissueError)?.hint != nil)
        }
    }

    @Test func refusesASignatureKeyUnderSChannel() throws {
        for encryption in Profile.Encryption.allCases {
            let profile = Profile.schannel.with(keySpec: .signature, encryption: encryption)
            #expect(errorCode { try reissuer(profile) } == "profileUnfit")
        }
        for profile in Profile.all where profile.name != "schannel" {
            #expect(errorCode { try reissuer(profile.with(keySpec: .signature)) } == nil)
        }
    }

    @Test func refusesProvidersThatCannotDoTheirPart() throws {
        let whole = try InstalledProviders.openSSL
        var withoutCrypto = whole
        withoutCrypto.crypto = nil
        var withoutReader = whole
        withoutReader.reader = nil
        let options = Reissuer.Options(profile: .schannel)
        func code(_ provider: Provider, _ verifiers: [Provider]) -> String? {
            errorCode { try Reissuer(provider: provider, verifiers: verifiers, options: options) }
        }
        #expect(code(whole, [whole]) == nil)
        #expect(code(withoutReader, [withoutCrypto]) == nil)
        #expect(code(withoutCrypto, [whole]) == "verificationFailed")
        #expect(code(whole, [whole, withoutReader]) == "verificationFailed")
        #expect(code(whole, []) == "verificationFailed")
    }

    @Test func refusesCertificatesThatCannotBeRead() throws {
        for der in [[], [0x30, 0x00], [0x30, 0x03, 0x02, 0x01, 0x05], [0xFF]] as [[UInt8]] {
            var pfx = try opened("openssl-3des")
            pfx.contents.append(SafeContents(encryption: nil, bags: [SafeBag(.certificate(der))]))
            let file = try source(pfx)
            #expect(errorCode { try convert(file, [secret(outputPassword)]) } == "certificateMalformed")
        }
    }

    /// The numbers themselves, one changed at a time: a provider finds each.
    @Test func refusesEachInconsistentNumber() throws {
        let changes: [(String, WritableKeyPath<RSAPrivateKey, SecretBytes>)] = [
            ("d", \.privateExponent), ("p", \.prime1), ("q", \.prime2), ("dP", \.exponent1), ("dQ", \.exponent2),
            ("qInv", \.coefficient),
        ]
        for (name, number) in changes {
            var pfx = try opened("openssl-3des")
            try pfx.changeKeys { key in
                var rsa = try RSAPrivateKey(key)
                var bytes = rsa[keyPath: number].withUnsafeBytes(Array.init)
                bytes[bytes.count - 1] ^= 2
                rsa[keyPath: number] = SecretBytes(copying: bytes)
                return rsa.privateKeyInfo()
            }
            let file = try source(pfx)
            #expect(errorCode { try convert(file, [secret(outputPassword)]) } == "keyInconsistent", "\(name)")
        }
    }
}

extension PFX {
    /// Replaces each private key by what `change` makes of it.
    mutating func changeKeys(_ change: (PrivateKeyInfo) throws -> PrivateKeyInfo) rethrows {
        try changeBags { bag in
            guard case .privateKey(let info, let shroud) = bag.value else { return }
            bag.value = .privateKey(try change(info), shroud: shroud)
        }
    }

    /// Changes each bag that is not nested.
    mutating func changeBags(_ change: (inout SafeBag) throws -> Void) rethrows {
        for part in contents.indices {
            for bag in contents[part].bags.indices {
                try change(&contents[part].bags[bag])
            }
        }
    }
}
