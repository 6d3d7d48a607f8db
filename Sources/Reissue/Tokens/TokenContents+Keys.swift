import Providers

extension TokenContents {
    /// - Throws: ``TokenError`` `keyAmbiguous`.
    public func requireOne(_ key: TokenKey) throws(TokenError) {
        if let problem = problem(of: key) { throw problem }
    }

    /// What keeps anybody from naming the key: another has its URI, as CKA_ID and label are the same.
    func problem(of key: TokenKey) -> TokenError? {
        let count = keys.count { $0.uri == key.uri }
        guard count > 1 else { return nil }
        return TokenError(
            .keyAmbiguous, "\(count) keys on the token have this URI: their CKA_ID and their label are the same",
            hint: "give them different labels or CKA_IDs, or remove the one that is not meant")
    }
}
