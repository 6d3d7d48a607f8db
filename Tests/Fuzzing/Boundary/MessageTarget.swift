import Glibc
import PKCS12
import TestSupport

@testable import Providers

/// The answers of a host, as its parent reads them: any octets can come from a process whose plugin went wild.
///
/// An input is the number of a kind of answer, and its body; or an octet with the highest bit set, and all that comes through
/// the channel.
struct MessageTarget: FuzzTarget {
    let name = "messages"

    func run(_ input: [UInt8]) {
        guard let kind = input.first.map(Int.init) else { return }
        let bytes = input.dropFirst()
        guard let body = kind < 0x80 ? SecretBytes(copying: bytes) : received(bytes) else { return }
        for read in kind < Self.readers.count ? [Self.readers[kind]] : Self.readers {
            var reader = MessageReader(body)
            do {
                try read(&reader)
                try reader.finish()
            } catch {
                require(error is MessageError, "an answer ends in \(error)")
            }
        }
    }

    /// An honest answer of each kind.
    func seeds() throws -> [(name: String, input: [UInt8])] {
        HonestAnswers.all.enumerated().flatMap { number, write in
            let message = makeMessage(kind: AnswerKind.result.rawValue, call: 1, write).withUnsafeBytes(Array.init)
            return [
                ("answer-\(number)", [UInt8(number)] + message.dropFirst(MessageHeader.byteCount)),
                ("message-\(number)", [0x80] + message),
            ]
        }
    }

    /// The body of a message that comes through a channel; nil for what is none.
    private func received(_ bytes: ArraySlice<UInt8>) -> SecretBytes? {
        do {
            let (near, far) = try Channel.pair()
            let deadline = SuspendingClock.now.advanced(by: .seconds(5))
            // The largest input fits the socket's buffer.
            try far.send(SecretBytes(copying: bytes), before: deadline)
            shutdown(far.descriptor, Int32(SHUT_WR))
            let header = try near.receiveHeader(before: deadline)
            guard header.length <= 1 << 16 else { return nil }
            return try near.receiveBody(Int(header.length), before: deadline)
        } catch {
            require(error is MessageError || error is Channel.Failure, "a channel ends in \(error)")
            return nil
        }
    }

    private typealias Reader = @Sendable (inout MessageReader) throws -> Void

    /// In the order of ``HonestAnswers``.
    private static let readers: [Reader] = [
        reader(of: { try $0.description() }, { $0.append($1) }),
        reader(of: { try $0.array { try $0.foundKey() } }, { $0.append($1) { $0.append($1) } }),
        reader(of: { try $0.array { try $0.foundCertificate() } }, { $0.append($1) { $0.append($1) } }),
        reader(of: { try $0.tokenMatches() }, { $0.append($1) }, texts: { $0.notes + $0.tokens.flatMap(\.texts) }),
        reader(
            of: { try $0.tokenContents() }, { $0.append($1) },
            texts: { $0.token.texts + $0.keys.flatMap(\.texts) + $0.certificates.map(\.label) }),
        reader(of: { try $0.tokenExport() }, { $0.append($1) }, texts: { $0.notes + [$0.mechanism ?? ""] }),
        reader(
            of: { try $0.error(provider: "liar") }, { $0.append($1) },
            texts: { [($0 as? any CodedError)?.reason ?? "\n"] }),
        reader(of: { try $0.array { try $0.derivation() } }, { $0.append($1) { $0.append($1) } }),
        reader(of: { try $0.identity() }, { $0.append($1) }),
        reader(of: { try $0.login() }, { $0.append($1) }),
        reader(of: { try $0.shroud() }, { $0.append($1) }),
    ]

    /// Writes what it has read, and reads that again; texts that are printed move no cursor.
    private static func reader<Value>(
        of read: @escaping @Sendable (inout MessageReader) throws -> Value,
        _ write: @escaping @Sendable (inout MessageWriter, Value) -> Void,
        texts: @escaping @Sendable (Value) -> [String] = { _ in [] }
    ) -> Reader {
        { message in
            let value = try read(&message)
            let odd = texts(value).first { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } }
            require(odd == nil, "a text with control characters: \(odd.debugDescription)")
            let first = bytes { write(&$0, value) }
            var reader = MessageReader(SecretBytes(copying: first))
            let again = try read(&reader)
            require((try? reader.finish()) != nil, "what is written has more than is read")
            require(bytes { write(&$0, again) } == first, "what is written reads as something else")
        }
    }

    private static func bytes(_ write: (inout MessageWriter) -> Void) -> [UInt8] {
        makeMessage(kind: 0, call: 0, write).withUnsafeBytes { Array($0.dropFirst(MessageHeader.byteCount)) }
    }
}

extension Token {
    fileprivate var texts: [String] { [uri, label, manufacturer, model, serialNumber, module] }
}

extension TokenKey {
    fileprivate var texts: [String] { [uri, label, kind.rawValue, obstacle ?? ""] }
}
