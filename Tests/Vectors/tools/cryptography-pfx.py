"""Writes a PFX with Python's `cryptography`.

usage: cryptography-pfx.py OUT PASSWORD KEY.pem|- CERT.pem|- [name=TEXT] [pbe=3des|aes] [mac=sha1|sha256|sha512] [rounds=N] [ca=PEM]...
An empty PASSWORD writes without encryption.
"""
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat, load_pem_private_key, pkcs12

PBES = {"3des": pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC, "aes": pkcs12.PBES.PBESv2SHA256AndAES256CBC}
MACS = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha512": hashes.SHA512}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def encryption(password, options):
    if not password:
        return NoEncryption()
    builder = PrivateFormat.PKCS12.encryption_builder()
    if "pbe" in options:
        builder = builder.key_cert_algorithm(PBES[options["pbe"]])
    if "mac" in options:
        builder = builder.hmac_hash(MACS[options["mac"]]())
    if "rounds" in options:
        builder = builder.kdf_rounds(int(options["rounds"]))
    return builder.build(password.encode())


def main(out, password, key_path, certificate_path, *rest):
    options = dict(item.split("=", 1) for item in rest if not item.startswith("ca="))
    authorities = [x509.load_pem_x509_certificate(read(item[3:])) for item in rest if item.startswith("ca=")]
    key = None if key_path == "-" else load_pem_private_key(read(key_path), None)
    certificate = None if certificate_path == "-" else x509.load_pem_x509_certificate(read(certificate_path))
    name = options["name"].encode() if "name" in options else None
    pfx = pkcs12.serialize_key_and_certificates(name, key, certificate, authorities, encryption(password, options))
    with open(out, "wb") as file:
        file.write(pfx)


main(*sys.argv[1:])
