"""Writes RSA keys whose numbers OpenSSL would not make itself: NAME.key (PKCS#8 PEM) and NAME.pub (SubjectPublicKeyInfo PEM).

usage: rsa-parts.py NAME primes P_BITS Q_BITS [swap]     a sound key of two primes of these sizes
       rsa-parts.py NAME alter BASE.key CHANGE           BASE with one number changed: n, d, dP, dQ, qInv or swap

The integers are Python's; primes and DER come from `openssl prime` and `openssl asn1parse -genconf`.
"""
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives.serialization import load_pem_private_key


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout


def prime(bits):
    while True:
        p = int(openssl("prime", "-generate", "-bits", str(bits)).strip())
        if p % 65537 != 1:
            return p


def key_of(p, q, e=65537):
    d = pow(e, -1, (p - 1) * (q - 1))
    return dict(n=p * q, e=e, d=d, p=p, q=q, dP=d % (p - 1), dQ=d % (q - 1), qInv=pow(q, -1, p))


def base_key(path):
    private = load_pem_private_key(open(path, "rb").read(), None).private_numbers()
    return key_of(private.p, private.q, private.public_numbers.e)


def altered(path, change):
    key = base_key(path)
    if change == "swap":
        return key_of(min(key["p"], key["q"]), max(key["p"], key["q"]), key["e"])
    if change == "n":
        p, q = (prime(key[name].bit_length()) for name in ("p", "q"))
        other = key_of(p, q, key["e"])
        return dict(other, n=key["n"])
    key[change] ^= 4
    return key


def write(name, key):
    lines = "".join(f"{i}=INTEGER:{hex(key[i])}\n" for i in ("n", "e", "d", "p", "q", "dP", "dQ", "qInv"))
    algorithm = "[algorithm]\noid=OID:rsaEncryption\nparameters=NULL\n"
    save(name + ".key", "PRIVATE KEY",
         "asn1=SEQUENCE:p8\n[p8]\nversion=INTEGER:0\nalgorithm=SEQUENCE:algorithm\nkey=OCTWRAP,SEQUENCE:rsa\n"
         + algorithm + "[rsa]\nversion=INTEGER:0\n" + lines)
    save(name + ".pub", "PUBLIC KEY",
         "asn1=SEQUENCE:spki\n[spki]\nalgorithm=SEQUENCE:algorithm\nkey=BITWRAP,SEQUENCE:rsa\n"
         + algorithm + f"[rsa]\nn=INTEGER:{hex(key['n'])}\ne=INTEGER:{hex(key['e'])}\n")


def save(path, label, configuration):
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as file:
        file.write(configuration)
        file.flush()
        openssl("asn1parse", "-genconf", file.name, "-noout", "-out", path + ".der")
    body = subprocess.run(["openssl", "base64", "-in", path + ".der"], check=True, capture_output=True, text=True).stdout
    with open(path, "w") as file:
        file.write(f"-----BEGIN {label}-----\n{body}-----END {label}-----\n")


def main(name, mode, *rest):
    if mode == "primes":
        p, q = prime(int(rest[0])), prime(int(rest[1]))
        while p == q:
            q = prime(int(rest[1]))
        write(name, key_of(p, q))
    else:
        write(name, altered(*rest))


main(*sys.argv[1:])
