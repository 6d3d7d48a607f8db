import PKCS12

/// An RSA key that is no secret, made for these checks (openssl genrsa 1024).
enum KnownRSAKey {
    static let key = RSAPrivateKey(
        modulus: bytes(
            hex: "c3c97473815bcd3cecf5b08209439b26ce153844fcf62b7dd50007ce72740d34a4a5eea1e73ffa4e1cce233ac957f149"
                + "3bc57fb3f43c7215f13f0c0e98b804170bf435de4f529089eeac8a96b35ac1923d8c624874c317d97e9a7b442cc7add2"
                + "9b71c9d7082db61e85f62a0d1855ddc09d940f630feb993a5541f1338ad2c541"),
        publicExponent: [1, 0, 1],
        privateExponent: secret(
            hex: "3b86431e5ee4df3837bed6c42236e8b3da91ff029279f16d175624097328af5f22f3c3e27b612b23968461979ce15cdd"
                + "6c0bb6b0aa7fba1bcbb5e45f87b4e2a0eaf365c20a5cd49edc92e3b2c7c1625aedf42e2beda16f40ee1148d2a848620b"
                + "746a0dffffeaf25859c86d1471b975fed6a02399574732df6a48c3ffd76becd5"),
        prime1: secret(
            hex: "e69c0695e80caa52ea569ed4b5f969c163fd4961d3c79947a7cd4d9d7f3c2e32589bc5f32af20f57245cf4803bc14ed9"
                + "97115ef25a2cfc1629d99a67ff1d912f"),
        prime2: secret(
            hex: "d957eb2b431eb31f247c2753809f4ef250bcbec848b2a8d92e4ec4383bcca909acac3a434d3158074c9ec97c6143c275"
                + "56354360f5ab9225f0cab6c361b9148f"),
        exponent1: secret(
            hex: "4ca6398e23f5e9baeb86e4fe008a28fb8d9787878b93c13fcee76f4fd51594a94948657020ab1a2c35baebcd9f8eedfd"
                + "66b7f05e0f58fa65077dfb536bb95123"),
        exponent2: secret(
            hex: "3514008da72da726f2dd1329945ed383dfedc855d75332631fa902c88cea155a147e57183a90d363acf5965536d7ba74"
                + "b761f89b8443ab4472c2bed1865b11c7"),
        coefficient: secret(
            hex: "8803ea0d43fa2835ee651e3948dde828071197899de7bf83f07b223365cb9d8f9dac3c7d0f6a1f158aca54c07add9d8d"
                + "070041c16ab69ccabc5942c7cf8a5ff3"))

    /// RSASSA-PKCS1-v1_5 with SHA-256 over ``KnownAnswers/text`` (openssl dgst -sha256 -sign).
    static let signature = bytes(
        hex: "844e85362fbaadc68fcf6b1b0bfa0ca34b446d10fce491944a1a193c5b25a66bdafb925b32c3fe60c2c2b5730d0c21ac"
            + "3f8f0785b445c993f79d9e51dff43f4ded844255f1a10d77c2b7c963140195181df8afdfe0b4e61fd87fda91dd1d549a"
            + "145df36f7c96ddbd93e80907960f0c85f2a6067f6fbc706888e2606300a0b9e8")
}

/// The bytes that hexadecimal digits stand for.
func bytes(hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

private func secret(hex: String) -> SecretBytes {
    SecretBytes(copying: bytes(hex: hex))
}
