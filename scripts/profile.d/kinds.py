"""The kinds of work, by where the processor was: the innermost function, and its library."""

import re

from costs import UNKNOWN

LANES = "hash chains in lanes"
HASHING = "hashing by the libraries"
OWN = "recapi's own Swift"

# By library and function; the first that fits.
_OF_FUNCTIONS = [
    (LANES, r"librecapi-", r"_(iterate|pbkdf2)$"),
    (HASHING, r"librecapi-", r"^(recapi_sha1|sha1_|recapi_pkcs12_kdf|pkcs12_kdf)"),
    ("malloc and free", r"/libc\.so", r"alloc|free|^unlink_chunk|^_int_|^sysmalloc|^systrim|^tcache"),
    ("copying and comparing bytes", r"/libc\.so", r"^_*(mem|str|bcmp|wcs)"),
    ("the C library, other", r"/(libc|libm|libpthread|libstdc\+\+|libgcc_s)[.-]", r""),
    ("kernel", r"\[(kernel|vdso|guest)", r""),
    ("loading", r"/ld-linux", r""),
    ("JSON and Foundation", r"Foundation", r""),
    ("Dispatch", r"/lib(swift)?[dD]ispatch|BlocksRuntime", r""),
    ("Swift runtime", r"/libswift", r""),
    (OWN, r"/(recapi|librecapi-)", r""),
]

# A cryptographic library has no names of functions that it does not export: there, the next outer ones count.
_CRYPTOGRAPHIC = re.compile(
    r"/lib(crypto|ssl|gnutls|nettle|hogweed|gmp|tasn1|unistring|idn2|p11-kit|ffi)[.-]|ossl-modules")
_LIBRARY_WORK = [
    (HASHING, r"sha1|sha256|sha512|md5|_sha|SHA1|SHA256|SHA224|[hH]mac|HMAC|EVP_(Digest|MD|Q_mac|MAC|KDF)|key_gen|KDF|"
              r"kdf|pkcs12_string_to_key|gnutls_hash|pbkdf2|verify_mac|set_mac"),
    ("ciphers", r"(^|_)des|DES_|aes|AES_|rc2|arctwo|RC2|cbc|EVP_(Encrypt|Decrypt|Cipher)|pbe_crypt|cipher|memxor|PBE"),
    ("RSA arithmetic", r"^_*gmpn?|^BN_|^bn_|RSA|rsa|mpz|mpi|privkey|pkcs1_"),
    ("random numbers", r"RAND|chacha|[dD][rR][bB][gG]|rnd|ctr_"),
]
_of_functions = [(kind, re.compile(library), re.compile(function)) for kind, library, function in _OF_FUNCTIONS]
_library_work = [(kind, re.compile(function)) for kind, function in _LIBRARY_WORK]
PARSING = "PKCS#12, ASN.1 and the rest, by the libraries"


def kind(frames):
    """The kind of a stack of (function, library), innermost first."""
    if not frames:
        return UNKNOWN
    function, library = frames[0]
    if not _CRYPTOGRAPHIC.search(library):
        for name, library_pattern, function_pattern in _of_functions:
            if library_pattern.search(library) and function_pattern.search(function):
                return name
        return UNKNOWN
    for function, library in frames:
        if not _CRYPTOGRAPHIC.search(library):
            break
        for name, pattern in _library_work:
            if pattern.search(function):
                return name
    return PARSING
