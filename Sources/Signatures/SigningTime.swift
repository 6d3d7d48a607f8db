import Glibc
import PKCS12
import Reissue

/// When something was signed, as its signer says.
///
///     Time ::= CHOICE {
///         utcTime          UTCTime,
///         generalizedTime  GeneralizedTime }       -- UTCTime through 2049: RFC 5652 §11.3
enum SigningTime {
    private static let utcTime: UInt8 = 0x17
    private static let generalizedTime: UInt8 = 0x18

    /// - Parameter seconds: since 1970.
    static func encoded(_ seconds: Int) -> [UInt8] {
        var seconds = time_t(seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let year = Int(parts.tm_year) + 1900
        let rest = [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec].map {
            twoDigits(Int($0))
        }
        let isShort = (1950..<2050).contains(year)
        let text = (isShort ? "" : twoDigits(year / 100)) + twoDigits(year % 100) + rest.joined() + "Z"
        return DER.value(isShort ? utcTime : generalizedTime, Array(text.utf8))
    }

    /// ISO 8601; nil where it is no time.
    static func text(_ der: [UInt8]) -> String? {
        der.withUnsafeBytes { bytes in
            var cursor = DERCursor(bytes)
            return try? CertificateTime.text(try cursor.any("the signing time"))
        }
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
