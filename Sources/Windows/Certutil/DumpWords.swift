/// The words of certutil that are translated, as far as samples show them: English, German, French, Japanese, Italian
/// and Spanish. Everything that can be told without words is told without them.
enum DumpWords {
    static let certificateHash = Words(
        "cert hash", "zertifikathash", "hach. cert.", "証明書ハッシュ", "hash certificato", "hash de certificado")
    static let otherHash = Words(
        "name hash", "key id hash", "signature hash", "hash de id. de clave", "crl hash", "ctl hash")
    static let provider = Words(
        "provider", "anbieter", "fournisseur", "proveedor", "プロバイダー", "プロバイダ")
    static let container = Words(
        "key container", "unique container name", "simple container name", "schlüsselcontainer",
        "eindeutiger containername", "conteneur de clé", "nombre de contenedor exclusivo", "contenedor de claves")
    static let subject = Words(
        "subject", "antragsteller", "objet", "サブジェクト", "soggetto", "sujeto", "asunto")
    static let serialNumber = Words(
        "serial number", "seriennummer", "numéro de série", "シリアル番号", "numero di serie", "número de serie")
    static let missingKey = Words("missing stored keyset")
    static let notExportable = Words(
        "private key is not exportable", "der private schlüssel ist nicht exportierbar")
    static let tested = Words(
        "test passed", "verschlüsselungstest wurde durchgeführt", "test de chiffrement réussi",
        "verifica firma riuscita")

    static let failedTest = Words("test failed")

    /// Whether a command that failed should have shown certificates: all but those known for doing something else.
    static func isFailedListing(_ footer: some StringProtocol) -> Bool {
        guard let hyphen = footer.firstIndex(of: "-") else { return true }
        let verb = footer[hyphen...].dropFirst().prefix { $0.isLetter }.lowercased()
        return !["exportpfx", "importpfx", "addstore", "delstore", "repairstore", "verify"].contains(verb)
    }

    struct Words: Sendable {
        private let all: [[Unicode.Scalar]]

        init(_ words: String...) {
            all = words.map { Array($0.unicodeScalars) }
        }

        /// Whether a text is one of the words, in either case; what was lost on the way (U+FFFD) stands for any letter.
        func contains(_ text: some StringProtocol) -> Bool {
            let text = Words.folded(text)
            return all.contains { $0.count == text.count && Words.matches(text[...], $0) }
        }

        /// Whether a text ends with one of the words.
        func containsEnd(of text: some StringProtocol) -> Bool {
            let text = Words.folded(text)
            return all.contains { $0.count <= text.count && Words.matches(text.suffix($0.count), $0) }
        }

        private static func folded(_ text: some StringProtocol) -> [Unicode.Scalar] {
            Array(text.lowercased().unicodeScalars)
        }

        private static func matches(_ text: ArraySlice<Unicode.Scalar>, _ word: [Unicode.Scalar]) -> Bool {
            zip(text, word).allSatisfy { $0 == $1 || $0 == "\u{FFFD}" && !$1.isASCII }
        }
    }
}
