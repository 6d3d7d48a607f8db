import CPKCS11
import PKCS12
import Providers

// What is looked at before a PIN is sent, and what becomes of it.

extension TokenSlot {
    /// They say whether another wrong PIN locks the token.
    func freshFlags() throws -> TokenFlags { TokenFlags(rawValue: UInt64(try module.tokenInfo(slot).flags)) }

    /// - Parameter flags: fresh ones.
    /// - Throws: ``TokenError`` `pinLocked`, `pinFinalTry`, `pinRequired`, where no PIN may be sent.
    func requireSafe(_ login: TokenLogin, _ flags: TokenFlags) throws(TokenError) {
        let label = token.label
        if flags.contains(.pinLocked) {
            throw TokenError(
                .pinLocked, "the PIN of the token \(label) is locked (CKF_USER_PIN_LOCKED)",
                hint: "its security officer can set a new one")
        }
        if flags.contains(.pinFinalTry), !login.allowsFinalTry {
            throw TokenError(
                .pinFinalTry, "another wrong PIN would lock the token \(label) (CKF_USER_PIN_FINAL_TRY)",
                hint: "log in once with another program, or allow the final try")
        }
        if login.pin == nil, !flags.contains(.protectedAuthenticationPath) {
            throw TokenError(
                .pinRequired, "the token \(label) needs a PIN",
                hint: "say where it is: in the configuration, or with pin-source")
        }
    }

    func loginError(_ failure: ModuleFailure) -> TokenError {
        let (label, sentence) = (token.label, "\(failure.value.name), \(failure.value.sentence)")
        switch failure.value.code {
        case .wrongPIN: return TokenError(.wrongPIN, "the token \(label) refuses the PIN: \(sentence)")
        case .pinLocked:
            return TokenError(
                .pinLocked, "the PIN of the token \(label) is locked: \(sentence)",
                hint: "its security officer can set a new one")
        case .tokenRemoved: return failure.tokenError
        default: return TokenError(.tokenFailed, "the token \(label) does not let the user log in: \(sentence)")
        }
    }
}
