/// What a browser may do for the page: apply its one style sheet, run its one script, fetch nothing, and send nothing.
///
/// Both are known by their SHA-256 (CSP Level 3, section 2.3.1), so that nothing that gets into the page from elsewhere runs.
enum ContentSecurityPolicy {
    static let style = String(decoding: PackageResources.report_css, as: UTF8.self)
    static let script = String(decoding: PackageResources.report_js, as: UTF8.self)

    static let text =
        "default-src 'none'; style-src 'sha256-\(styleDigest)'; script-src 'sha256-\(scriptDigest)'; "
        + "base-uri 'none'; form-action 'none'"

    /// Of report.css and report.js, in base64. A test of ours compares them with what Python says, and names new ones.
    private static let styleDigest = "i2f0odpXlV43EwAqvvndC9dUFcd+Q8ENGSPQf46JShk="
    private static let scriptDigest = "D4vRYc4caqaImw8xyBD1kI/EVQdjCKlsf0lmDbKtD1o="
}
