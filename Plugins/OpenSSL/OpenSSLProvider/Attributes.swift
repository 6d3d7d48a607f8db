import COpenSSL

/// The attributes of a bag or of a PKCS#8 key.
struct Attributes {
    private let stack: OpaquePointer?

    /// - Parameter stack: a STACK_OF(X509_ATTRIBUTE) that outlives this value, or NULL.
    init(_ stack: OpaquePointer?) {
        self.stack = stack
    }

    /// The Microsoft CSP Name attributes, in order.
    var providerNames: [String] {
        attributes(NID_ms_csp_name).flatMap(values).compactMap(text)
    }

    var friendlyName: String? {
        firstValue(NID_friendlyName).flatMap(text)
    }

    var localKeyID: [UInt8]? {
        firstValue(NID_localKeyID).flatMap { bytes($0, type: V_ASN1_OCTET_STRING) }
    }

    /// The first octet of the key usage; 0 when there is none.
    var keyUsage: UInt8 {
        firstValue(NID_key_usage).flatMap { bytes($0, type: V_ASN1_BIT_STRING) }?.first ?? 0
    }

    func has(_ nid: Int32) -> Bool {
        !attributes(nid).isEmpty
    }

    private typealias Value = UnsafeMutablePointer<ASN1_TYPE>

    private func attributes(_ nid: Int32) -> [OpaquePointer] {
        guard let stack else { return [] }
        return elements(stack).compactMap {
            let attribute = OpaquePointer($0)
            return OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) == nid ? attribute : nil
        }
    }

    private func values(_ attribute: OpaquePointer) -> [Value] {
        (0..<max(X509_ATTRIBUTE_count(attribute), 0)).compactMap { X509_ATTRIBUTE_get0_type(attribute, $0) }
    }

    private func firstValue(_ nid: Int32) -> Value? {
        attributes(nid).first.flatMap { values($0).first }
    }

    private func bytes(_ value: Value, type: Int32) -> [UInt8]? {
        guard ASN1_TYPE_get(value) == type, let string = value.pointee.value.asn1_string else { return nil }
        return Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
    }

    /// A BMPString, through OpenSSL's own conversion.
    private func text(_ value: Value) -> String? {
        guard ASN1_TYPE_get(value) == V_ASN1_BMPSTRING, let string = value.pointee.value.asn1_string,
            let text = OPENSSL_uni2utf8(ASN1_STRING_get0_data(string), ASN1_STRING_length(string))
        else { return nil }
        defer { CRYPTO_free(text, nil, 0) }
        return String(validatingCString: text)
    }
}
