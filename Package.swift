// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
let strictC: [CSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "recapi",
    products: [
        .executable(name: "recapi", targets: ["recapi"]),
        .executable(name: "recapi-provider-host", targets: ["ProviderHost"]),
        .library(name: "PKCS12", targets: ["PKCS12"]),
        .library(name: "recapi-provider-openssl", type: .dynamic, targets: ["OpenSSLProvider"]),
        .library(name: "recapi-provider-gnutls", type: .dynamic, targets: ["GnuTLSProvider"]),
        .library(name: "recapi-provider-pkcs11", type: .dynamic, targets: ["PKCS11Provider"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    ],
    targets: [
        .target(
            name: "PKCS12", dependencies: [.product(name: "SwiftASN1", package: "swift-asn1")], swiftSettings: strict),
        .target(name: "CProviderABI", cSettings: strictC),
        .target(name: "CKeyDerivation", cSettings: strictC),
        .target(name: "Providers", dependencies: ["PKCS12", "CProviderABI", "CKeyDerivation"], swiftSettings: strict),
        .target(name: "CHardening", cSettings: strictC),
        .target(name: "CFileSystem", cSettings: strictC),
        .target(name: "CTerminal", cSettings: strictC),
        .executableTarget(name: "ProviderHost", dependencies: ["Providers", "CHardening"], swiftSettings: strict),
        .target(
            name: "Reissue",
            dependencies: ["PKCS12", "Providers", .product(name: "SwiftASN1", package: "swift-asn1")],
            swiftSettings: strict),
        .target(
            name: "Signatures",
            dependencies: ["Reissue", "Providers", "PKCS12", .product(name: "SwiftASN1", package: "swift-asn1")],
            swiftSettings: strict),
        .target(
            name: "Pipeline",
            dependencies: [
                "Signatures", "Reissue", "Providers", "PKCS12", "CFileSystem", "CTerminal",
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ],
            swiftSettings: strict),
        .target(
            name: "Windows", dependencies: ["Pipeline", "Reissue", "Providers", "PKCS12"], swiftSettings: strict),
        .target(
            name: "Reports",
            dependencies: ["Pipeline", "Reissue", .product(name: "Mustache", package: "swift-mustache")],
            resources: [
                .embedInCode("HTML/report.mustache"), .embedInCode("HTML/report.css"), .embedInCode("HTML/report.js"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "recapi",
            dependencies: [
                "Windows", "Reports", "Pipeline", "Signatures", "Reissue", "Providers", "PKCS12", "CHardening",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        .systemLibrary(
            name: "COpenSSL", path: "Plugins/OpenSSL/COpenSSL", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"])]),
        .target(
            name: "COpenSSLHashing", dependencies: ["COpenSSL"], path: "Plugins/OpenSSL/COpenSSLHashing",
            cSettings: strictC),
        .target(
            name: "OpenSSLProvider",
            dependencies: ["Providers", "PKCS12", "CKeyDerivation", "COpenSSL", "COpenSSLHashing"],
            path: "Plugins/OpenSSL/OpenSSLProvider", swiftSettings: strict),

        .systemLibrary(
            name: "CGnuTLS", path: "Plugins/GnuTLS/CGnuTLS", pkgConfig: "gnutls",
            providers: [.apt(["libgnutls28-dev"])]),
        .target(
            name: "GnuTLSProvider",
            dependencies: ["Providers", "PKCS12", "CGnuTLS", .product(name: "SwiftASN1", package: "swift-asn1")],
            path: "Plugins/GnuTLS/GnuTLSProvider", swiftSettings: strict),

        .systemLibrary(
            name: "CPKCS11", path: "Plugins/PKCS11/CPKCS11", pkgConfig: "p11-kit-1",
            providers: [.apt(["libp11-kit-dev"])]),
        .target(
            name: "PKCS11Provider", dependencies: ["Providers", "PKCS12", "CPKCS11", "COpenSSL"],
            path: "Plugins/PKCS11/PKCS11Provider", swiftSettings: strict),

        .testTarget(
            name: "PKCS12Tests",
            dependencies: ["PKCS12", "Providers", "TestSupport", .product(name: "SwiftASN1", package: "swift-asn1")],
            swiftSettings: strict),
        .testTarget(
            name: "ProvidersTests",
            dependencies: ["Providers", "PKCS12", "CKeyDerivation", "CProviderABI", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "IsolationTests", dependencies: ["Pipeline", "Providers", "PKCS12", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "KeyDerivationTests",
            dependencies: ["Providers", "PKCS12", "CKeyDerivation", "COpenSSL", "COpenSSLHashing"],
            resources: [.copy("Vectors")], swiftSettings: strict),
        .testTarget(
            name: "ReissueTests",
            dependencies: [
                "Reissue", "Providers", "PKCS12", "TestSupport", .product(name: "SwiftASN1", package: "swift-asn1"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SignaturesTests",
            dependencies: ["Signatures", "Reissue", "Providers", "PKCS12", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "PKCS11Tests", dependencies: ["Providers", "PKCS12", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "PipelineTests", dependencies: ["Pipeline", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "WindowsTests", dependencies: ["Windows", "Pipeline", "Reissue", "PKCS12", "TestSupport"],
            exclude: ["Dumps"], swiftSettings: strict),
        .testTarget(
            name: "ReportsTests", dependencies: ["Reports", "Pipeline", "Reissue", "TestSupport"], swiftSettings: strict
        ),
        .testTarget(
            name: "recapiTests",
            dependencies: ["recapi", "TestSupport", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .testTarget(
            name: "InteroperabilityTests", dependencies: ["recapi", "Reissue", "Providers", "PKCS12", "TestSupport"],
            swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Providers", "PKCS12"], path: "Tests/TestSupport",
            swiftSettings: strict),
    ]
)

// The fuzz targets need libFuzzer, which takes every module compiled for it: only scripts/fuzz asks for them.
if Context.environment["RECAPI_FUZZING"] != nil {
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzzing/CFuzzer"),
        .executableTarget(
            name: "recapi-fuzz",
            dependencies: [
                "CFuzzer", "OpenSSLProvider", "Windows", "Pipeline", "Reissue", "Providers", "PKCS12", "CProviderABI",
                "TestSupport", .product(name: "SwiftASN1", package: "swift-asn1"),
            ],
            path: "Tests/Fuzzing", exclude: ["CFuzzer"], swiftSettings: strict),
    ]
}
