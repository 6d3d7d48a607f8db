import PKCS12
import Providers

/// Where the PIN of a token comes from.
package enum TokenPIN {
    /// Fetches the PIN that was named, or else that of the URI's `pin-source`.
    ///
    /// - Parameters:
    ///   - given: the source that was named, and where.
    ///   - uriPlace: where the URI was named.
    /// - Returns: nil where there is none, and for a token with a protected authentication path.
    /// - Throws: ``PipelineError`` `configurationInvalid`, `passwordUnavailable`, `interrupted`.
    package static func fetch(
        for token: Token, _ given: (source: PasswordSource?, place: String), pinSource: String?, uriPlace: String,
        _ passwords: inout PasswordResolver
    ) throws(PipelineError) -> SecretBytes? {
        guard !token.flags.contains(.protectedAuthenticationPath) else { return nil }
        var (source, place) = given
        if source == nil, let pinSource {
            place = uriPlace
            do {
                source = try PasswordSource(pinSource: pinSource)
            } catch {
                throw PipelineError(error.code, "\(uriPlace): \(error.reason)", hint: error.hint)
            }
        }
        guard let source else { return nil }
        return try passwords.password(from: source, at: place, purpose: purpose(of: token))
    }

    /// What a person is asked for: tokens may have one label, and what was typed for one is not for the other.
    private static func purpose(of token: Token) -> String {
        let number = token.serialNumber.isEmpty ? "" : " (serial number \(token.serialNumber))"
        return "PIN of the token \(token.label)\(number)"
    }

    /// - Throws: ``PipelineError`` `configurationInvalid` where the token asks for a PIN and none was named.
    package static func require(_ pin: SecretBytes?, for token: Token, at place: String) throws(PipelineError) {
        guard pin == nil, token.flags.contains(.loginRequired), !token.flags.contains(.protectedAuthenticationPath)
        else { return }
        throw PipelineError(
            .configurationInvalid, "\(place): missing: the token \(token.label) asks for a PIN",
            hint: "name its source, such as file:PATH, cred:NAME or prompt")
    }
}
