import CProviderABI

/// A plugin that keeps the rules of memory, without which nothing can be promised, and no other.
enum LyingProvider {
    /// What it says next. Written by ``BoundaryTarget`` before each input.
    nonisolated(unsafe) static var script = Script([])

    /// A table that claims what the script says, good until the script takes it back.
    static func table() -> UnsafePointer<recapi_provider_v1>? {
        let script = script
        let lies = script.byte()
        func has(_ bit: UInt8) -> Bool { lies & 1 << bit == 0 }
        let provider = recapi_provider_v1(
            abi_version: has(0) ? UInt32(RECAPI_ABI_VERSION) : script.number32(),
            struct_size: has(1) ? UInt32(MemoryLayout<recapi_provider_v1>.size) : script.number32(),
            name: has(2) ? script.lend("liar".utf8CString.map(\.self)) : script.text(40),
            library: has(3) ? script.lend("Lies 1.0".utf8CString.map(\.self)) : script.text(140),
            crypto: has(4) ? script.lend([crypto()]) : nil, reader: has(5) ? script.lend([reader()]) : nil,
            tokens: has(6) ? script.lend([tokens()]) : nil)
        return script.lend([provider])
    }

    private static func crypto() -> recapi_crypto_v1 {
        let (honest, gap) = (script.byte() < 0xE0, script.byte())
        return recapi_crypto_v1(
            struct_size: honest ? UInt32(MemoryLayout<recapi_crypto_v1>.size) : script.number32(),
            digests: honest ? .max : script.number32(), ciphers: honest ? .max : script.number32(), reserved: 0,
            note: script.flag() ? script.text(Int(script.byte()) * 3) : nil, context: nil,
            derive: gap == 0xFF
                ? nil
                : { _, requests, count, reason in
                    for request in UnsafeBufferPointer(start: requests, count: Int(count)) {
                        LyingProvider.fill(request.output, request.output_size)
                    }
                    return LyingProvider.answer(reason)
                },
            encrypt: gap == 0xFE ? nil : { _, _, _, _, _, output, reason in LyingProvider.answer(output, reason) },
            decrypt: { _, _, _, _, _, output, reason in LyingProvider.answer(output, reason) },
            hmac: { _, _, _, _, output, size, reason in
                LyingProvider.fill(output, size)
                return LyingProvider.answer(reason)
            },
            digest: { _, _, _, output, size, reason in
                LyingProvider.fill(output, size)
                return LyingProvider.answer(reason)
            },
            random: { _, output, size, reason in
                LyingProvider.fill(output, size)
                return LyingProvider.answer(reason)
            },
            rsa_check: { _, _, defects, reason in
                defects?.pointee = LyingProvider.script.number32()
                return LyingProvider.answer(reason)
            },
            rsa_generate: { _, _, buffers, reason in
                guard let buffers else { return RECAPI_INVALID_ARGUMENT }
                LyingProvider.fill(&buffers.pointee.modulus)
                LyingProvider.fill(&buffers.pointee.public_exponent)
                LyingProvider.fill(&buffers.pointee.private_exponent)
                LyingProvider.fill(&buffers.pointee.prime1)
                LyingProvider.fill(&buffers.pointee.prime2)
                LyingProvider.fill(&buffers.pointee.exponent1)
                LyingProvider.fill(&buffers.pointee.exponent2)
                LyingProvider.fill(&buffers.pointee.coefficient)
                return LyingProvider.answer(reason)
            },
            rsa_sign: { _, _, _, _, signature, reason in LyingProvider.answer(signature, reason) },
            rsa_verify: gap == 0xFD ? nil : { _, _, _, _, _, _, reason in LyingProvider.answer(reason) })
    }

    private static func reader() -> recapi_reader_v1 {
        recapi_reader_v1(
            struct_size: script.byte() < 0xE0 ? UInt32(MemoryLayout<recapi_reader_v1>.size) : script.number32(),
            reports: script.number32(), context: nil,
            read: { _, _, _, sink, reason in
                guard let sink = sink?.pointee else { return RECAPI_INVALID_ARGUMENT }
                LyingProvider.report(to: sink)
                return LyingProvider.answer(reason)
            },
            read_many: { _, readings, count, reason in
                guard let readings else { return RECAPI_INVALID_ARGUMENT }
                for index in 0..<Int(count) where LyingProvider.script.byte() < 0xF0 {
                    guard let sink = readings[index].sink?.pointee else { return RECAPI_INVALID_ARGUMENT }
                    LyingProvider.report(to: sink)
                    readings[index].status = LyingProvider.answer(&readings[index].reason)
                }
                return LyingProvider.answer(reason)
            })
    }

    private static func report(to sink: recapi_sink) {
        report { script in
            switch script.byte() % 8 {
            case 0: _ = sink.key(sink.context, nil)
            case 1: _ = sink.certificate(sink.context, nil)
            case 2: _ = sink.key(nil, nil)
            case 3, 4, 5: _ = sink.key(sink.context, script.lend([script.foundKey()]))
            default: _ = sink.certificate(sink.context, script.lend([script.foundCertificate()]))
            }
        }
    }

    // MARK: - Answers

    static func answer(_ reason: UnsafeMutablePointer<recapi_reason>?) -> recapi_status {
        let status = script.status()
        if status != RECAPI_OK, let reason = reason?.pointee, let text = reason.text {
            // With a terminator or without one, as it comes.
            for (index, byte) in script.bytes(min(Int(script.byte()) * 5, Int(reason.capacity))).enumerated() {
                text[index] = CChar(bitPattern: byte)
            }
        }
        return status
    }

    static func answer(
        _ buffer: UnsafeMutablePointer<recapi_buffer>?, _ reason: UnsafeMutablePointer<recapi_reason>?
    ) -> recapi_status {
        if let buffer { fill(&buffer.pointee) }
        return answer(reason)
    }

    static func fill(_ buffer: inout recapi_buffer) {
        fill(buffer.data, buffer.capacity)
        buffer.size = script.size(buffer.capacity)
        switch script.byte() {
        case 0xFF: buffer.data = nil
        case 0xFE: buffer.capacity = .max
        default: break
        }
    }

    static func fill(_ memory: UnsafeMutablePointer<UInt8>?, _ count: UInt64) {
        guard let memory else { return }
        for (index, byte) in script.bytes(min(Int(count), Int(script.byte()))).enumerated() { memory[index] = byte }
    }

    /// Reports some items, and takes back each one's memory.
    static func report(_ item: (Script) -> Void) {
        let script = script
        // A table is lent for longer than an item.
        let items = Script(script.bytes(.max))
        while !items.isOver, items.byte() != 0 {
            item(items)
            items.takeBack()
        }
        LyingProvider.script = items
    }
}

extension Script {
    func rsaKey() -> recapi_rsa_key {
        recapi_rsa_key(
            modulus: span(), public_exponent: span(), private_exponent: span(), prime1: span(), prime2: span(),
            exponent1: span(), exponent2: span(), coefficient: span())
    }

    fileprivate func foundKey() -> recapi_found_key {
        let count = Int(byte() % 4)
        let names = lend((0..<count).map { _ in span() })
        // Counts beyond any memory are refused before they are read.
        let claimed = byte() < 0xF0 ? UInt64(count) : [1 << 40, .max][count & 1]
        return recapi_found_key(
            rsa: rsaKey(), provider_names: byte() == 0xFF ? nil : names, provider_name_count: claimed,
            machine_keyset: number32(), key_usage: number32(), local_key_id: span(), friendly_name: span())
    }

    fileprivate func foundCertificate() -> recapi_found_certificate {
        recapi_found_certificate(der: span(), local_key_id: span(), friendly_name: span())
    }
}
