import TestSupport

// Keys and certificates that are not what they claim.

extension Attack {
    static let keys = [
        Attack("a key with another one's modulus", "keyDoesNotMatchCertificate") {
            try Attack.file(key: try key(1) { $0[5] ^= 1 })
        },
        Attack("a key of 8 bits that claims a certificate of 2,048", "keyDoesNotMatchCertificate") {
            try Attack.file(key: try key(1) { $0 = [0, 0x8F] })
        },
        Attack("a key with a modulus of 1 MiB", "keyDoesNotMatchCertificate") {
            try Attack.file(key: try key(1) { $0 = [0] + Array(repeating: 0xFF, count: 1 << 20) })
        },
        Attack("a key with a prime of 0", "keyInconsistent") { try Attack.file(key: try key(4) { $0 = [0] }) },
        Attack("a key with an empty prime", "malformed") { try Attack.file(key: try key(4) { $0 = [] }) },
        Attack("a key with a prime as long as its modulus", "primesUnbalanced") {
            try Attack.file(key: try key(4) { $0 = [0] + Array(repeating: 0xFF, count: 256) })
        },
        Attack("a certificate with extensions of 1 MiB", nil) {
            let value = TestDER.octets(Array(repeating: 0x55, count: 1 << 20))
            let more = TestDER.sequence(TestDER.oid("1.2.3.4"), value)
            guard let certificate = TestNode.parse(try Attack.realCertificate[...]).first else { return [] }
            return try Attack.file(certificate: certificate.addingExtension(more).der)
        },
    ]

    /// The real key with one of its numbers changed, counted from 0, the version.
    private static func key(_ number: Int, _ change: (inout [UInt8]) -> Void) throws -> [UInt8] {
        guard case .constructed(let tag, var fields)? = TestNode.parse(try Attack.realKey[...]).first,
            case .constructed(_, var numbers)? = TestNode.parse(fields[2].content[...]).first
        else { throw TestFailure(description: "the key is none") }
        var content = numbers[number].content
        change(&content)
        numbers[number] = .primitive(0x02, content)
        fields[2] = .primitive(0x04, TestNode.constructed(0x30, numbers).der)
        return TestNode.constructed(tag, fields).der
    }
}

extension TestNode {
    /// A certificate with one extension more.
    fileprivate func addingExtension(_ der: [UInt8]) -> TestNode {
        guard case .constructed(let tag, var parts) = self, case .constructed(_, var fields)? = parts.first,
            let extensions = fields.last?.children.first?.der
        else { return self }
        let content = TestNode.parse(extensions[...])[0].children.flatMap(\.der) + der
        fields[fields.count - 1] = .constructed(0xA3, TestNode.parse(TestDER.sequence(content)[...]))
        parts[0] = .constructed(0x30, fields)
        return .constructed(tag, parts)
    }
}
