import PKCS12

@testable import PKCS12

extension PFX {
    /// With attributes in the order in which DER writes them: SET OF has none of its own (X.690 §11.6).
    var inOrder: PFX {
        PFX(
            contents: contents.map { SafeContents(encryption: $0.encryption, bags: $0.bags.map(\.inOrder)) }, mac: mac)
    }
}

extension SafeBag {
    fileprivate var inOrder: SafeBag {
        var bag = SafeBag(value, attributes: attributes.inOrder)
        switch value {
        case .privateKey(var key, let shroud):
            key.attributes = key.attributes.inOrder
            bag.value = .privateKey(key, shroud: shroud)
        case .safeContents(let bags): bag.value = .safeContents(bags.map(\.inOrder))
        default: break
        }
        return bag
    }
}

extension BagAttributes {
    fileprivate var inOrder: BagAttributes {
        let sorted = all.map { attribute in
            let values = attribute.values.sorted { $0.lexicographicallyPrecedes($1) }
            return (Attribute(type: attribute.type, values: values), (try? DER.objectIdentifier(attribute.type)) ?? [])
        }
        return BagAttributes(
            sorted.map { ($0, DER.sequence($1, DER.set($0.values))) }
                .sorted { $0.1.lexicographicallyPrecedes($1.1) }.map(\.0))
    }
}
