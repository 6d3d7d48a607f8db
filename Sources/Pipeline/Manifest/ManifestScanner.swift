/// Takes a manifest apart without holding its items, whatever the order of its members and however it is laid out.
///
/// It looks at strings and brackets only; what is no JSON comes out as no JSON.
struct ManifestScanner {
    /// The manifest without its items.
    private(set) var head: [UInt8] = []

    /// How much of the manifest is in memory.
    var heldByteCount: Int { head.count + item.count }

    private var position = 0
    private var depth = 0
    private var strings = JSONStrings()
    /// The last string, where that is directly in the outermost object.
    private var key: [UInt8] = []
    private var isItems = false
    /// Whether the list is `itemsGone`.
    private var isGone = false
    private var item: [UInt8] = []
    private var itemStart = 0

    /// - Parameter whenItem: called with each item of `items` and `itemsGone`, without blanks between its tokens, with where its
    ///   text is, and whether it is of the latter.
    mutating func take(
        _ bytes: UnsafeRawBufferPointer, whenItem: (_ item: [UInt8], _ place: Range<Int>, _ isGone: Bool) throws -> Void
    ) rethrows {
        for byte in bytes {
            let isInItem = isItems && depth > 2
            if strings.isInside {
                if isInItem { item.append(byte) } else { takeOutside(byte) }
            } else {
                switch byte {
                case _ where byte.isJSONBlank:
                    break
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    if depth == 1, byte == UInt8(ascii: "[") {
                        isGone = key.elementsEqual("itemsGone".utf8)
                        isItems = isGone || key.elementsEqual("items".utf8)
                    }
                    if isItems, depth == 2 { itemStart = position }
                    if isItems, depth >= 2 { item.append(byte) } else { head.append(byte) }
                    depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if isInItem { item.append(byte) } else { head.append(byte) }
                    if isItems, depth == 2 {
                        try whenItem(item, itemStart..<(position + 1), isGone)
                        item.removeAll(keepingCapacity: true)
                    }
                    if depth == 1 { isItems = false }
                default:
                    if isInItem {
                        item.append(byte)
                    } else if !(isItems && byte == UInt8(ascii: ",")) {
                        takeOutside(byte)
                    }
                }
            }
            strings.take(byte)
            position += 1
        }
    }

    private mutating func takeOutside(_ byte: UInt8) {
        head.append(byte)
        guard depth == 1 else { return }
        if !strings.isInside, byte == UInt8(ascii: "\"") {
            key = []
        } else if strings.isInside, byte != UInt8(ascii: "\"") {
            key.append(byte)
        }
    }
}
