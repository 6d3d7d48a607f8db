import Pipeline
import Reissue

/// How near a certificate's end is.
enum Urgency: String {
    case expired
    case soon
    case later

    static let soonDays = 30
}

/// The certificates of some runs, each once, the first to expire first.
struct CertificateList {
    struct Certificate {
        let thumbprint: String
        let subject: String
        let notAfter: String
        /// Seconds since 1970.
        let end: Double
        let urgency: Urgency
        fileprivate(set) var sites: Set<String>

        var date: String { String(notAfter.prefix(10)) }

        /// The first part of the subject, which RFC 4514 has the most particular one be.
        var name: String {
            var isEscaped = false
            return String(
                subject.prefix { character in
                    defer { isEscaped = character == "\\" && !isEscaped }
                    return character != "," || isEscaped
                })
        }

        func context(moment: Double) -> [String: Any] {
            [
                "notAfter": notAfter, "date": date, "days": CertificateList.days(from: moment, to: end),
                "subject": subject, "thumbprint": thumbprint, "urgency": urgency.rawValue,
                "sites": sites.sorted().joined(separator: ", "),
            ]
        }
    }

    let all: [Certificate]
    /// What is counted from: seconds since 1970.
    let moment: Double
    /// As ``Timestamp/month(_:)``.
    let month: Int
    private let soonest: [String: Certificate]

    /// - Parameter moment: ISO 8601, UTC.
    init(_ manifests: [Manifest], moment: String) {
        let now = Timestamp.seconds(moment) ?? 0
        var found: [String: Certificate] = [:]
        for item in manifests.lazy.flatMap(\.items) {
            for identity in item.identities {
                if found[identity.thumbprintSHA256] == nil, let end = Timestamp.seconds(identity.notAfter) {
                    found[identity.thumbprintSHA256] = Certificate(
                        thumbprint: identity.thumbprint, subject: identity.subject, notAfter: identity.notAfter,
                        end: end, urgency: Self.urgency(from: now, to: end), sites: [])
                }
                found[identity.thumbprintSHA256]?.sites.insert(item.site)
            }
        }
        all = found.values.sorted { ($0.end, $0.thumbprint) < ($1.end, $1.thumbprint) }
        soonest = all.reduce(into: [:]) { soonest, certificate in
            for site in certificate.sites where soonest[site] == nil { soonest[site] = certificate }
        }
        self.moment = now
        month = Timestamp.month(moment) ?? 0
    }

    /// The first of a site to expire.
    func next(of site: String) -> Certificate? { soonest[site] }

    func count(_ urgency: Urgency) -> Int { all.count { $0.urgency == urgency } }

    static func urgency(from moment: Double, to end: Double) -> Urgency {
        end <= moment ? .expired : end - moment < Double(Urgency.soonDays) * 86_400 ? .soon : .later
    }

    private static func days(from moment: Double, to end: Double) -> String {
        let days = Int(((end - moment) / 86_400).rounded(.down))
        switch days {
        case ..<(-1): return "\(grouped(-days)) days ago"
        case -1: return "1 day ago"
        case 0: return "today"
        case 1: return "1 day"
        default: return "\(grouped(days)) days"
        }
    }
}
