import CProviderABI
import PKCS12

/// Takes what a provider reports to a sink, whose context it is, and keeps the first item that makes no sense.
///
/// It is used by the one call that made it.
class Collector {
    private var refusal: (any Error)?
    private var room: Int

    /// - Parameter limit: the most items that make sense.
    init(limit: Int) {
        room = limit
    }

    /// For a sink; not retained.
    final var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Makes a call that reports here.
    ///
    /// - Throws: ``ProviderError`` `inconsistent` where an item made no sense, and what the call throws.
    final func collect(from provider: String, _ call: (_ context: UnsafeMutableRawPointer) throws -> Void) throws {
        do {
            defer { withExtendedLifetime(self) {} }
            try call(context)
        } catch  where refusal == nil {
            throw error
        }
        if let refusal {
            throw ProviderError(.inconsistent, "the provider \(provider) reports nonsense: \(refusal)")
        }
    }

    fileprivate func take() throws {
        guard room > 0 else { throw PKCS12Error(.invalidArgument, "too many items") }
        room -= 1
    }

    fileprivate func refuse(_ error: any Error) { refusal = error }
}

/// How the functions of a sink answer. (A protocol, for the sake of its `Self`.)
protocol Collecting: Collector {}

extension Collecting {
    static func take<Item>(
        _ context: UnsafeMutableRawPointer?, _ item: UnsafePointer<Item>?, _ add: (Self, Item) throws -> Void
    ) -> recapi_status {
        take(context) { collector in
            guard let item else { throw PKCS12Error(.invalidArgument, "an item without memory") }
            try add(collector, item.pointee)
        }
    }

    static func take(_ context: UnsafeMutableRawPointer?, _ add: (Self) throws -> Void) -> recapi_status {
        guard let context else { return RECAPI_INVALID_ARGUMENT }
        let collector = Unmanaged<Self>.fromOpaque(context).takeUnretainedValue()
        do {
            try collector.take()
            try add(collector)
            return RECAPI_OK
        } catch {
            collector.refuse(error)
            return RECAPI_INVALID_ARGUMENT
        }
    }
}
