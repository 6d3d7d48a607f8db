import Glibc
import PKCS12

/// The other end of the channel: loads one plugin, and answers for it until the channel is closed.
///
/// This is all that the program `recapi-provider-host` does; it is of no use to anything else.
public enum PluginHost {
    /// - Parameter plugin: the path of the plugin, whose name follows from the file's.
    public static func run(plugin: String) -> Never {
        let channel = Channel(takingOwnershipOf: HostLaunch.channelDescriptor)
        let provider = Result { try ProviderLoader.unchecked(plugin: plugin) }
        let status: Int32
        do {
            while true { try answerNext(on: channel, for: provider) }
        } catch Channel.Failure.closed {
            (try? provider.get())?.tokens?.closeSessions()
            status = 0
        } catch {
            status = 70
        }
        // Without `exit`: what a plugin does at exit is of no use here, and can hang.
        _exit(status)
    }

    private static func answerNext(on channel: Channel, for provider: Result<Provider, any Error>) throws {
        let header = try channel.receiveHeader(before: nil)
        guard let operation = Operation(rawValue: header.kind), header.length <= largestRequest else {
            throw MessageError("there is no such request")
        }
        var request = MessageReader(try channel.receiveBody(Int(header.length), before: nil))
        let answer: SecretBytes
        do {
            let write = try HostedCalls(provider: try provider.get()).perform(operation, &request)
            answer = makeMessage(kind: AnswerKind.result.rawValue, call: header.call, write)
        } catch let error as MessageError {
            throw error
        } catch {
            answer = makeMessage(kind: AnswerKind.error.rawValue, call: header.call) { $0.append(error) }
        }
        try channel.send(answer, before: nil)
    }

    /// Above every limit on files (``Limits``).
    private static let largestRequest: UInt64 = 1 << 31
}
