import CProviderABI

extension LyingProvider {
    static func tokens() -> recapi_tokens_v1 {
        recapi_tokens_v1(
            struct_size: script.byte() < 0xE0 ? UInt32(MemoryLayout<recapi_tokens_v1>.size) : script.number32(),
            reserved: 0, context: nil,
            modules: { _, _, sink, reason in LyingProvider.answer(sink, reason) },
            tokens: { _, _, sink, reason in LyingProvider.answer(sink, reason) },
            log_in: script.byte() == 0xFF ? nil : { _, _, _, reason in LyingProvider.answer(reason) },
            contents: { _, _, _, sink, reason in LyingProvider.answer(sink, reason) },
            sign: { _, _, _, _, _, signature, reason in LyingProvider.answer(signature, reason) },
            export_key: { _, _, _, _, _, sink, reason in LyingProvider.answer(sink, reason) },
            sign_shrouded: { _, _, _, _, _, _, _, signature, reason in LyingProvider.answer(signature, reason) },
            install: { _, _, _, _, sink, reason in LyingProvider.answer(sink, reason) },
            close_sessions: { _ in })
    }

    /// Reports whatever it likes, whoever asked for what.
    private static func answer(
        _ sink: UnsafePointer<recapi_token_sink>?, _ reason: UnsafeMutablePointer<recapi_reason>?
    ) -> recapi_status {
        guard let sink = sink?.pointee else { return RECAPI_INVALID_ARGUMENT }
        report { script in
            switch script.byte() % 10 {
            case 0: _ = sink.module(sink.context, script.span())
            case 1: _ = sink.uri(sink.context, script.lend([script.tokenURI()]))
            case 2: _ = sink.note(sink.context, script.span())
            case 3: _ = sink.token(sink.context, script.lend([script.token()]))
            case 4, 5: _ = sink.key(sink.context, script.lend([script.tokenKey()]))
            case 6:
                let certificate = recapi_token_certificate(label: script.span(), id: script.span(), der: script.span())
                _ = sink.certificate(sink.context, script.lend([certificate]))
            case 7: _ = sink.exported(sink.context, script.lend([script.export()]))
            case 8: _ = sink.installed(sink.context, script.span(), script.span())
            default: _ = sink.exported(script.flag() ? sink.context : nil, nil)
            }
        }
        return answer(reason)
    }
}

extension Script {
    fileprivate func tokenURI() -> recapi_token_uri {
        recapi_token_uri(pin_source: span(), module_path: span(), names_object: number32(), reserved: 0)
    }

    fileprivate func token() -> recapi_token {
        recapi_token(
            uri: span(), label: span(), manufacturer: span(), model: span(), serial_number: span(), module: span(),
            flags: UInt64(number32()), largest_session_count: size(3))
    }

    fileprivate func tokenKey() -> recapi_token_key {
        recapi_token_key(
            uri: span(), label: span(), id: span(), kind: span(), modulus: span(), public_exponent: span(),
            ways: number32(), reserved: 0, obstacle: span())
    }

    fileprivate func export() -> recapi_token_export {
        let way = byte()
        return recapi_token_export(
            way: way < 0xF0 ? UInt32(way % 5) : number32(), reserved: 0, mechanism: span(), ciphertext: span(),
            key: flag() ? lend([rsaKey()]) : nil)
    }
}
