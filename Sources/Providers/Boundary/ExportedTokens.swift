import CProviderABI
import PKCS12

/// A ``TokenProvider`` behind the functions of `recapi_tokens_v1`; the table's context points to it.
final class ExportedTokens: Sendable {
    fileprivate let tokens: any TokenProvider

    init(_ tokens: any TokenProvider) {
        self.tokens = tokens
    }

    /// The table's context is not retained.
    var table: recapi_tokens_v1 {
        recapi_tokens_v1(
            struct_size: UInt32(MemoryLayout<recapi_tokens_v1>.size), reserved: 0,
            context: Unmanaged.passUnretained(self).toOpaque(),
            modules: { context, address, sink, reason in
                answer(context, address, reason) { tokens, uri, _ in
                    let sink = try present(sink).pointee
                    try report(try tokens.modules(for: uri)) { sink.module?(sink.context, $0) }
                }
            },
            tokens: { context, address, sink, reason in
                answer(context, address, reason) { tokens, uri, module in
                    let matches = try tokens.tokens(matching: uri, module: module)
                    let sink = try present(sink).pointee
                    try matches.withCURI { uri in try report { sink.uri?(sink.context, uri) } }
                    try report(matches.notes) { sink.note?(sink.context, $0) }
                    try matches.tokens.forEach { try $0.report(to: sink) }
                }
            },
            log_in: { context, address, login, reason in
                answer(context, address, reason) { tokens, uri, module in
                    try tokens.logIn(to: uri, module: module, login: try TokenLogin(try present(login).pointee))
                }
            },
            contents: { context, address, login, sink, reason in
                answer(context, address, reason) { tokens, uri, module in
                    let sink = try present(sink).pointee
                    let contents = try tokens.contents(
                        of: uri, module: module, login: try login.map { try TokenLogin($0.pointee) })
                    try contents.token.report(to: sink)
                    for key in contents.keys {
                        try key.withCKey { key in try report { sink.key?(sink.context, key) } }
                    }
                    for found in contents.certificates {
                        try found.withCCertificate { found in try report { sink.certificate?(sink.context, found) } }
                    }
                }
            },
            sign: { context, address, login, digest, message, signature, reason in
                answer(context, address, reason) { tokens, uri, module in
                    let signed = try tokens.sign(
                        Array(try message.checked())[...], with: try algorithm(digest), key: uri, module: module,
                        login: try TokenLogin(try present(login).pointee))
                    try signed.withUnsafeBytes { try present(signature).pointee.fill(with: $0) }
                }
            },
            export_key: { context, address, login, ways, shroud, sink, reason in
                answer(context, address, reason) { tokens, uri, module in
                    let sink = try present(sink).pointee
                    let exported = try tokens.export(
                        uri, module: module, login: try TokenLogin(try present(login).pointee),
                        ways: Set(TokenExportWay.ways(boundaryBits: ways)),
                        shroud: try shroud.map { try TokenShroud($0.pointee) })
                    try report(exported.notes) { sink.note?(sink.context, $0) }
                    try exported.withCExport { found in try report { sink.exported?(sink.context, found) } }
                }
            },
            sign_shrouded: { context, address, login, shroud, ciphertext, digest, message, signature, reason in
                answer(context, address, reason) { tokens, uri, module in
                    let signed = try tokens.sign(
                        Array(try message.checked())[...], with: try algorithm(digest),
                        shrouded: Array(try ciphertext.checked()), shroud: try TokenShroud(try present(shroud).pointee),
                        on: uri, module: module, login: try TokenLogin(try present(login).pointee))
                    try signed.withUnsafeBytes { try present(signature).pointee.fill(with: $0) }
                }
            },
            install: { context, address, login, identity, sink, reason in
                answer(context, address, reason) { tokens, uri, module in
                    let sink = try present(sink).pointee
                    let uris = try tokens.install(
                        try TokenIdentity(try present(identity).pointee), on: uri, module: module,
                        login: try TokenLogin(try present(login).pointee))
                    try withSpans(of: [Array(uris.key.utf8), Array(uris.certificate.utf8)]) { spans in
                        try report { sink.installed?(sink.context, spans[0], spans[1]) }
                    }
                }
            },
            close_sessions: { context in
                guard let context else { return }
                Unmanaged<ExportedTokens>.fromOpaque(context).takeUnretainedValue().tokens.closeSessions()
            })
    }
}

/// The sink said no.
private struct Refused: Error {
    let status: recapi_status
}

private func report(_ call: () -> recapi_status?) throws {
    let status = call() ?? RECAPI_INVALID_ARGUMENT
    guard status == RECAPI_OK else { throw Refused(status: status) }
}

private func report(_ texts: [String], _ call: (recapi_bytes) -> recapi_status?) throws {
    for text in texts {
        try withSpans(of: [Array(text.utf8)]) { spans in try report { call(spans[0]) } }
    }
}

private func answer(
    _ context: UnsafeMutableRawPointer?, _ address: UnsafePointer<recapi_token_address>?,
    _ reason: UnsafeMutablePointer<recapi_reason>?,
    _ body: (any TokenProvider, _ uri: String, _ module: String?) throws -> Void
) -> recapi_status {
    var refusal = RECAPI_OK
    let status = answerCall(reason) {
        guard let context else { throw PKCS12Error(.invalidArgument, "no context") }
        let address = try present(address).pointee
        do {
            try body(
                Unmanaged<ExportedTokens>.fromOpaque(context).takeUnretainedValue().tokens,
                try address.uri.text(), try address.module.ifPresent { try $0.text() })
        } catch let error as Refused {
            refusal = error.status
        }
    }
    return status == RECAPI_OK ? refusal : status
}

extension Token {
    fileprivate func report(to sink: recapi_token_sink) throws {
        try withCToken { token in try Providers.report { sink.token?(sink.context, token) } }
    }
}
