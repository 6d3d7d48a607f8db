import COpenSSL
import PKCS12
import Providers

/// Hash chains over OpenSSL's low-level functions: a third of the cost of an iteration with EVP.
struct LowLevelHashChain: HashChain {
    func iterate(
        _ digest: DigestAlgorithm, message: UnsafeRawBufferPointer, iterations: Int,
        into output: UnsafeMutableRawBufferPointer
    ) throws {
        let output = UnsafeMutableRawBufferPointer(rebasing: output[..<digest.byteCount])
        switch digest {
        case .sha1: try run(SHA_CTX(), SHA1_Init, SHA1_Update, SHA1_Final, message, iterations, output)
        case .sha224: try run(SHA256_CTX(), SHA224_Init, SHA224_Update, SHA224_Final, message, iterations, output)
        case .sha256: try run(SHA256_CTX(), SHA256_Init, SHA256_Update, SHA256_Final, message, iterations, output)
        case .sha384: try run(SHA512_CTX(), SHA384_Init, SHA384_Update, SHA384_Final, message, iterations, output)
        case .sha512: try run(SHA512_CTX(), SHA512_Init, SHA512_Update, SHA512_Final, message, iterations, output)
        }
    }

    @inline(__always)
    private func run<Context>(
        _ empty: Context, _ start: (UnsafeMutablePointer<Context>?) -> Int32,
        _ update: (UnsafeMutablePointer<Context>?, UnsafeRawPointer?, Int) -> Int32,
        _ finish: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Context>?) -> Int32,
        _ message: UnsafeRawBufferPointer, _ iterations: Int, _ output: UnsafeMutableRawBufferPointer
    ) throws {
        var context = empty
        let succeeded = withUnsafeMutablePointer(to: &context) { context in
            // The state of the last compression tells the key.
            defer { OPENSSL_cleanse(context, MemoryLayout<Context>.size) }
            var input = message
            for _ in 0..<iterations {
                guard start(context) == 1, update(context, input.baseAddress, input.count) == 1,
                    finish(output.bytes, context) == 1
                else { return false }
                input = UnsafeRawBufferPointer(output)
            }
            return true
        }
        guard succeeded else { throw OpenSSLError.drain("compute a digest") }
    }
}
