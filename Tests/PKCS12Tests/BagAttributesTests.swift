import PKCS12
import TestSupport
import Testing

/// Attributes as programs write them, right and wrong.
@Suite struct BagAttributesTests {
    private static let friendlyName = "1.2.840.113549.1.9.20"
    private static let localKeyID = "1.2.840.113549.1.9.21"
    private static let cspName = "1.3.6.1.4.1.311.17.1"
    private static let machineKeySet = "1.3.6.1.4.1.311.17.2"

    @Test func readsTheStandardOnes() throws {
        let attributes = try Self.read(
            CraftedPFX.attribute(Self.friendlyName, TestDER.bmp("Grüße 🔑")),
            CraftedPFX.attribute(Self.localKeyID, TestDER.octets([1, 0])),
            CraftedPFX.attribute(Self.cspName, TestDER.bmp("Microsoft Software Key Storage Provider")),
            CraftedPFX.attribute(Self.machineKeySet))
        #expect(attributes.friendlyName == "Grüße 🔑")
        #expect(attributes.localKeyID == [1, 0])
        #expect(attributes.providerNames == ["Microsoft Software Key Storage Provider"])
        #expect(attributes.isLocalMachineKeySet)
        #expect(attributes.keyUsage == nil)
    }

    /// A value that cannot be read is no reason to refuse the file.
    @Test func keepsValuesOfOtherTypes() throws {
        let wrong = [
            CraftedPFX.attribute(Self.friendlyName, TestDER.octets([0x41])),
            CraftedPFX.attribute(Self.friendlyName, TestDER.value(0x1E, [0x00, 0x41, 0x00])),
            CraftedPFX.attribute(Self.friendlyName),
            CraftedPFX.attribute(Self.localKeyID, TestDER.bmp("A")),
            CraftedPFX.attribute(Self.cspName, TestDER.value(0x0C, [0x41])),
            CraftedPFX.attribute("2.5.29.15", TestDER.integer(5)),
            CraftedPFX.attribute("2.5.29.15", TestDER.value(0x03)),
            CraftedPFX.attribute("2.5.29.15", TestDER.value(0x03, [0])),
        ]
        for attribute in wrong {
            let attributes = try Self.read(attribute)
            #expect(attributes.friendlyName == nil)
            #expect(attributes.localKeyID == nil)
            #expect(attributes.providerNames.isEmpty)
            #expect(attributes.keyUsage == nil)
            #expect(attributes.all.count == 1)
        }
    }

    @Test func readsNamesAsProgramsWriteThem() throws {
        func name(_ content: [UInt8]) throws -> String? {
            try Self.read(CraftedPFX.attribute(Self.friendlyName, TestDER.value(0x1E, content))).friendlyName
        }
        #expect(try name([]) == "")
        #expect(try name([0, 0x41, 0, 0]) == "A")  // a terminator, as in C
        #expect(try name([0xD8, 0x3D, 0xDD, 0x11]) == "🔑")
        #expect(try name([0xD8, 0x3D, 0, 0x41]) == "\u{FFFD}A")  // half a surrogate pair
    }

    /// Windows takes the mark for what it is, whatever value stands in it.
    @Test func readsTheMachineKeySetWithAnyValue() throws {
        #expect(try Self.read(CraftedPFX.attribute(Self.machineKeySet, TestDER.null)).isLocalMachineKeySet)
        #expect(try !Self.read(CraftedPFX.attribute("1.3.6.1.4.1.311.17.20")).isLocalMachineKeySet)
    }

    @Test func collectsExtendedProperties() throws {
        var attributes = try Self.read(
            CraftedPFX.attribute("1.3.6.1.4.1.311.17.3.20", TestDER.octets([1])),
            CraftedPFX.attribute("1.3.6.1.4.1.311.17.3.2", TestDER.octets([2]), TestDER.octets([3])),
            CraftedPFX.attribute("1.3.6.1.4.1.311.17.3"), CraftedPFX.attribute("1.3.6.1.4.1.311.17.3.2.1"))
        #expect(attributes.extendedProperties.keys.sorted() == [2, 20])
        #expect(attributes.extendedProperties[2]?.count == 2)
        attributes.removeExtendedProperties { $0 == 2 }
        #expect(attributes.extendedProperties.keys.sorted() == [20])
        #expect(attributes.all.count == 3)
    }

    @Test func setsAndRemoves() throws {
        var attributes = BagAttributes()
        attributes.friendlyName = "a"
        attributes.friendlyName = "b"
        attributes.localKeyID = [1]
        attributes.providerNames = ["one", "two"]
        attributes.isLocalMachineKeySet = true
        attributes.isLocalMachineKeySet = true
        attributes.keyUsage = 0x10
        #expect(attributes.all.count == 5)
        #expect(attributes.friendlyName == "b")
        #expect(attributes.providerNames == ["one", "two"])
        // KeySpec's octet as certutil writes it: BIT STRING of four used bits.
        #expect(attributes.all.last?.values == [[0x03, 0x02, 0x04, 0x10]])
        attributes.friendlyName = nil
        attributes.localKeyID = nil
        attributes.providerNames = []
        attributes.isLocalMachineKeySet = false
        attributes.keyUsage = nil
        #expect(attributes == BagAttributes())
    }

    private static func read(_ attributes: [UInt8]...) throws -> BagAttributes {
        let bag = CraftedPFX.certificate(attributes: attributes.flatMap { $0 })
        let pfx = try decode(CraftedPFX(parts: [CraftedPFX.plain(bag)]).bytes, CraftedPFX.password)
        return try #require(pfx.certificates.first).attributes
    }
}
