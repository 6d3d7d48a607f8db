import SwiftASN1

/// One attribute, its values as they came.
///
///     PKCS12Attribute ::= SEQUENCE {
///         attrId      OBJECT IDENTIFIER,
///         attrValues  SET OF ANY }                                 -- RFC 7292 §4.2
public struct Attribute: Sendable, Hashable {
    public var type: ASN1ObjectIdentifier
    /// The DER of each value. Windows writes the machine key set with none.
    public var values: [[UInt8]]

    public init(type: ASN1ObjectIdentifier, values: [[UInt8]]) {
        self.type = type
        self.values = values
    }
}

/// The attributes of a bag, or of a PKCS#8 key: all are kept, and those that Windows reads have names here.
public struct BagAttributes: Sendable, Hashable {
    public var all: [Attribute]

    public init(_ all: [Attribute] = []) {
        self.all = all
    }

    /// The display name of a certificate, the container name of a key (PKCS#9 friendlyName).
    public var friendlyName: String? {
        get { values(of: OID.friendlyName).lazy.compactMap(BMPString.decode).first }
        set { replace(OID.friendlyName, newValue.map { [BMPString.encode($0)] }) }
    }

    /// What ties a key to its certificate (PKCS#9 localKeyID).
    public var localKeyID: [UInt8]? {
        get { values(of: OID.localKeyID).lazy.compactMap { content(of: $0, DERCursor.Tag.octetString) }.first }
        set { replace(OID.localKeyID, newValue.map { [DER.octetString($0)] }) }
    }

    /// The Microsoft CSP Name (1.3.6.1.4.1.311.17.1): under which provider Windows puts the key. A good file has at most one.
    public var providerNames: [String] {
        get { values(of: OID.microsoftCSPName).compactMap(BMPString.decode) }
        set { replace(OID.microsoftCSPName, newValue.isEmpty ? nil : newValue.map(BMPString.encode)) }
    }

    /// szOID_LOCAL_MACHINE_KEYSET (1.3.6.1.4.1.311.17.2), whatever its value.
    public var isLocalMachineKeySet: Bool {
        get { all.contains { $0.type == OID.localMachineKeySet } }
        set { replace(OID.localMachineKeySet, newValue ? [] : nil) }
    }

    /// The properties of 1.3.6.1.4.1.311.17.3.N, by N (CERT_*_PROP_ID of wincrypt.h).
    public var extendedProperties: [UInt: [[UInt8]]] {
        var properties: [UInt: [[UInt8]]] = [:]
        for attribute in all {
            guard let number = Self.extendedProperty(attribute.type) else { continue }
            properties[number, default: []] += attribute.values
        }
        return properties
    }

    /// Removes the properties whose number `isRemoved` says.
    public mutating func removeExtendedProperties(where isRemoved: (UInt) -> Bool) {
        all.removeAll { Self.extendedProperty($0.type).map(isRemoved) ?? false }
    }

    /// The first octet of the key usage (2.5.29.15) that CAPI1 and CNG read from the attributes of a PKCS#8 key;
    /// nil where there is none.
    ///
    /// 0x10 or 0x20 mean AT_KEYEXCHANGE, 0x80 AT_SIGNATURE (Microsoft, PFXImportCertStore).
    public var keyUsage: UInt8? {
        get {
            values(of: OID.keyUsage).lazy.compactMap { content(of: $0, DERCursor.Tag.bitString) }
                .compactMap { $0.dropFirst().first }.first
        }
        set {
            replace(
                OID.keyUsage,
                newValue.map {
                    [DER.value(DERCursor.Tag.bitString, [UInt8($0 == 0 ? 0 : $0.trailingZeroBitCount), $0])]
                })
        }
    }

    private func values(of type: ASN1ObjectIdentifier) -> [[UInt8]] {
        all.filter { $0.type == type }.flatMap(\.values)
    }

    private mutating func replace(_ type: ASN1ObjectIdentifier, _ values: [[UInt8]]?) {
        all.removeAll { $0.type == type }
        if let values {
            all.append(Attribute(type: type, values: values))
        }
    }

    private func content(of value: [UInt8], _ identifier: UInt8) -> [UInt8]? {
        value.withUnsafeBytes { bytes in
            var cursor = DERCursor(bytes)
            return (try? cursor.require(identifier, "an attribute value")).map { Array($0.content) }
        }
    }

    private static func extendedProperty(_ type: ASN1ObjectIdentifier) -> UInt? {
        let components = type.oidComponents
        guard components.count == OID.extendedProperties.count + 1, components.starts(with: OID.extendedProperties)
        else { return nil }
        return components.last
    }
}

extension BagAttributes {
    /// Reads the content of a SET OF PKCS12Attribute.
    init(from cursor: inout DERCursor) throws(PKCS12Error) {
        all = []
        while !cursor.isAtEnd {
            var attribute = try cursor.sequence("an attribute")
            let type = try attribute.objectIdentifier("an attribute's type")
            var set = DERCursor(try attribute.require(DERCursor.Tag.set, "the values of attribute \(type)").content)
            var values: [[UInt8]] = []
            while !set.isAtEnd {
                values.append(Array(try set.any("a value of attribute \(type)").encoded))
            }
            try attribute.requireEnd(of: "attribute \(type)")
            all.append(Attribute(type: type, values: values))
        }
    }

    /// The SET OF PKCS12Attribute; empty where there are none.
    func encoded(identifier: UInt8 = DERCursor.Tag.set) throws(PKCS12Error) -> [UInt8] {
        guard !all.isEmpty else { return [] }
        var elements: [[UInt8]] = []
        for attribute in all {
            elements.append(DER.sequence(try DER.objectIdentifier(attribute.type), DER.set(attribute.values)))
        }
        var set = DER.set(elements)
        set[0] = identifier
        return set
    }
}
