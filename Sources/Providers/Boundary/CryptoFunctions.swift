import CProviderABI

/// The types of the functions of `recapi_crypto_v1`, as Swift sees them.
enum CryptoFunctions {
    typealias Context = UnsafeMutableRawPointer?
    typealias Reason = UnsafeMutablePointer<recapi_reason>?

    typealias Derive =
        @convention(c) (Context, UnsafePointer<recapi_derivation>?, UInt64, Reason) -> recapi_status
    typealias Cipher =
        @convention(c) (
            Context, UInt32, recapi_bytes, recapi_bytes, recapi_bytes, UnsafeMutablePointer<recapi_buffer>?, Reason
        ) -> recapi_status
    typealias HMAC =
        @convention(c) (
            Context, UInt32, recapi_bytes, recapi_bytes, UnsafeMutablePointer<UInt8>?, UInt64, Reason
        ) -> recapi_status
    typealias Digest =
        @convention(c) (Context, UInt32, recapi_bytes, UnsafeMutablePointer<UInt8>?, UInt64, Reason) -> recapi_status
    typealias Random = @convention(c) (Context, UnsafeMutablePointer<UInt8>?, UInt64, Reason) -> recapi_status
    typealias RSACheck =
        @convention(c) (
            Context, UnsafePointer<recapi_rsa_key>?, UnsafeMutablePointer<UInt32>?, Reason
        ) -> recapi_status
    typealias RSAGenerate =
        @convention(c) (Context, UInt32, UnsafeMutablePointer<recapi_rsa_buffers>?, Reason) -> recapi_status
    typealias RSASign =
        @convention(c) (
            Context, UInt32, UnsafePointer<recapi_rsa_key>?, recapi_bytes, UnsafeMutablePointer<recapi_buffer>?, Reason
        ) -> recapi_status
    typealias RSAVerify =
        @convention(c) (
            Context, UInt32, recapi_bytes, recapi_bytes, recapi_bytes, recapi_bytes, Reason
        ) -> recapi_status
}
