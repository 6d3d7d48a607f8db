import Pipeline

/// The Exchange servers of each site, as the sites file names them; `recapi schema sites` prints its schema.
public struct SitesConfiguration: Sendable, Equatable {
    public var sites: [Site]

    public struct Site: Sendable, Equatable {
        /// As in the manifest.
        public var name: String
        /// The Active Directory site that Edge servers are subscribed to.
        public var activeDirectorySite = Self.standardActiveDirectorySite
        /// In the order to work in.
        public var servers: [Server]

        public static let standardActiveDirectorySite = "Default-First-Site-Name"
    }

    public struct Server: Sendable, Equatable {
        /// The computer's name, with or without its domain.
        public var name: String
        public var role: Role
        /// Nil for the site's only one, or the one with the server's name.
        public var certificates: [Certificate]?
        /// For certificates that name none of their own.
        public var services: [Service] = [.smtp]
        /// Whether keys may be exported from the server again.
        public var exportable = false
        /// The thumbprint of the self-signed certificate that is the default one meanwhile; nil to have the script
        /// look for it.
        public var selfSigned: String?
    }

    public struct Certificate: Sendable, Equatable {
        /// A thumbprint, or the name of a PFX file in the manifest.
        public var name: String
        /// Nil for those of the server.
        public var services: [Service]?
    }

    public enum Role: String, Sendable, CaseIterable {
        case mailbox
        case edge
    }

    /// What Enable-ExchangeCertificate takes as `-Services`; Federation is set up otherwise.
    public enum Service: String, Sendable, CaseIterable {
        case iis = "IIS"
        case imap = "IMAP"
        case pop = "POP"
        case smtp = "SMTP"
        case um = "UM"
        case umCallRouter = "UMCallRouter"
    }
}
