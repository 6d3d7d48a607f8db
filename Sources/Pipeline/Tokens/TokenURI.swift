/// What can be told of a `pkcs11:` URI (RFC 7512) by its text; all else is for the provider.
public enum TokenURI {
    static let scheme = "pkcs11:"

    /// Why a URI is refused before anybody is asked; the text is not repeated, as it may hold a PIN.
    public static func problem(of uri: String) -> String? {
        guard uri.hasPrefix(scheme), !uri.utf8.contains(where: { $0 <= 32 || $0 == 127 }) else {
            return "not a URI of a token (pkcs11:token=…)"
        }
        let attributes = uri.dropFirst(scheme.count).split(whereSeparator: { ";?&".contains($0) })
        if attributes.contains(where: { $0.lowercased().hasPrefix("pin-value") }) {
            return "has the PIN in it; name its source in pin, or in the URI's pin-source"
        }
        return nil
    }

    /// The URI without its query: what names tokens and objects, and nothing of how to get at them.
    public static func withoutQuery(_ uri: String) -> String {
        String(uri.prefix { $0 != "?" })
    }
}

extension PasswordSource {
    /// - Parameter pinSource: the value of `pin-source` (RFC 7512 §2.4): the `file:` URI of a file or its absolute path, or
    ///   a program after `|`.
    /// - Throws: ``PipelineError`` `configurationInvalid`.
    init(pinSource: String) throws(PipelineError) {
        if pinSource.hasPrefix("|") {
            try self.init("cmd:" + pinSource.dropFirst(), relativeTo: "/")
            return
        }
        var path = pinSource[...]
        if path.hasPrefix("file:") { path = path.dropFirst("file:".count) }
        // file:///path and file:/path are the same (RFC 8089); another host than none is not a file here.
        if path.hasPrefix("///") { path = path.dropFirst(2) }
        guard path.hasPrefix("/"), !path.hasPrefix("//") else {
            throw PipelineError(
                .configurationInvalid, "its pin-source is neither a file's absolute path nor a program after |",
                hint: "name the source of the PIN in pin")
        }
        self = .file(FilePath(String(path)))
    }
}
