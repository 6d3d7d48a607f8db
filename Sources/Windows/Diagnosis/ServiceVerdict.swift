/// What a service of Windows makes of a certificate whose key is where it is.
///
/// The sources are named beside each; `docs/windows.md` has their addresses.
public struct ServiceVerdict: Codable, Sendable, Equatable {
    public enum Answer: String, Codable, Sendable {
        case works
        case fails
        /// Nothing decides it, or the dump does not show what decides.
        case unknown
    }

    /// Who says so.
    public enum Evidence: String, Codable, Sendable {
        /// The vendor's documentation or the product's own message.
        case documented
        /// Users and administrators, from the field.
        case reported
        /// The documentation says so, and measurements the contrary.
        case disputed
    }

    public var service: String
    public var answer: Answer
    public var evidence: Evidence
    public var why: String

    /// EdgeSync's first.
    ///
    /// - Returns: nothing for a certificate without a key that could be used or judged.
    static func all(of certificate: DumpedCertificate) -> [ServiceVerdict] {
        switch certificate.kind {
        case .cng:
            services.map { ServiceVerdict($0, $0.onCNG == .disputed ? .unknown : .fails, $0.onCNG, $0.symptom) }
        case .capi1:
            services.map { onCAPI1($0, certificate) }
        case .noKey, .keyMissing, .undetermined: []
        }
    }

    private static func onCAPI1(_ service: Service, _ certificate: DumpedCertificate) -> ServiceVerdict {
        if service.needsExport {
            // A dump says only that a key cannot be exported, never that it can.
            return certificate.isExportable == false
                ? ServiceVerdict(
                    service, .fails, .documented, "it wants a key that can be exported, and this one cannot")
                : ServiceVerdict(
                    service, .unknown, .documented,
                    "it wants a key that can be exported (\"exportable\" in the sites file), which the dump does not show"
                )
        }
        return switch (service.needsExchangeKey, certificate.keySpec) {
        case (nil, _):
            ServiceVerdict(service, .works, service.onCNG, "the key is under CAPI1")
        case (let evidence?, 1?):
            ServiceVerdict(service, .works, evidence, "the key is under CAPI1, with KeySpec 1 (AT_KEYEXCHANGE)")
        case (let evidence?, nil):
            ServiceVerdict(service, .unknown, evidence, "it wants KeySpec 1, which certutil -v shows")
        case (let evidence?, let keySpec?):
            ServiceVerdict(
                service, .fails, evidence,
                "it wants KeySpec 1 (AT_KEYEXCHANGE), and the key has \(keySpec)")
        }
    }

    private init(_ service: Service, _ answer: Answer, _ evidence: Evidence, _ why: String) {
        self.service = service.name
        self.answer = answer
        self.evidence = evidence
        self.why = why
    }

    private struct Service: Sendable {
        var name: String
        /// Who says that it refuses CNG.
        var onCNG: Evidence
        var symptom: String
        /// Who says that it wants KeySpec 1; nil where nobody does.
        var needsExchangeKey: Evidence?
        /// It wants a key that can be exported.
        var needsExport = false
    }

    private static let services = [
        // granikos.eu, with the text of the event.
        Service(
            name: "Exchange EdgeSync", onCNG: .documented,
            symptom: "as the default transport certificate it is refused (event 1035)"),
        // sevecek.com, vcloudnine.de, win-acme#420.
        Service(
            name: "Exchange OWA and ECP", onCNG: .reported,
            symptom: "forms-based logon ends in a loop (\"Invalid provider type specified\")"),
        // Microsoft, Exchange 2013 federation.
        Service(
            name: "Exchange federation trust", onCNG: .documented, symptom: "a CryptoAPI provider is required",
            needsExport: true),
        // Microsoft, app-only authentication.
        Service(
            name: "Exchange Online app-only PowerShell", onCNG: .documented, symptom: "CNG keys are not supported"),
        // Microsoft, AD FS and KeySpec property.
        Service(
            name: "AD FS (all but its TLS binding)", onCNG: .documented,
            symptom: "service communication and tokens need a legacy provider and KeySpec 1",
            needsExchangeKey: .documented),
        // pariswells.com.
        Service(
            name: "Dynamics 365 claims-based authentication", onCNG: .reported,
            symptom: "\"Invalid provider type specified\" in the federation metadata"),
        // blogs.msdn boodablog; archive/blogs/dawiese.
        Service(
            name: "SharePoint high-trust apps, Workflow Manager, Service Bus", onCNG: .reported,
            symptom: "\"Invalid provider type specified\"", needsExchangeKey: .reported),
        // MicrosoftDocs/azure-docs#65175.
        Service(name: "Service Fabric", onCNG: .reported, symptom: "NTE_BAD_PROV_TYPE"),
        // As users of HPC Pack report it.
        Service(
            name: "HPC Pack", onCNG: .reported, symptom: "its version 5 refuses CNG keys", needsExchangeKey: .reported),
        // dotnet/runtime, X509Certificate2.PrivateKey.
        Service(
            name: ".NET Framework programs that use X509Certificate2.PrivateKey (SAML, WIF)", onCNG: .reported,
            symptom: "\"Invalid provider type specified\""),
        // Microsoft, SQL Server certificate requirements; dataplat/dbatools#10713 for the contrary.
        Service(
            name: "SQL Server TLS", onCNG: .disputed,
            symptom: "the documentation wants a legacy provider; SQL Server 2019 and later were seen to load CNG keys",
            needsExchangeKey: .documented),
    ]
}
