"""Keys and certificates for the files to measure on: few keys (they are slow to make), a certificate for each file."""

import datetime
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

MOST_KEYS = 16
BEGIN = datetime.datetime(2024, 1, 1)
END = datetime.datetime(2034, 1, 1)


def write(path, value):
    path.write_bytes(value)
    return path


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def name(common):
    return x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Corporation"),
        x509.NameAttribute(NameOID.COMMON_NAME, common),
    ])


def certify(subject, public_key, issuer, issuer_key, authority):
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public_key)
        .serial_number(x509.random_serial_number()).not_valid_before(BEGIN).not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    if not authority:
        host = subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def make(folder, count, key_bits):
    """Writes the issuer and `count` certificates to a folder; returns (key, certificate, issuer) paths."""
    folder = pathlib.Path(folder)
    own_keys = min(MOST_KEYS, 1 + count // 10)
    keys = [rsa.generate_private_key(65537, key_bits) for _ in range(own_keys + 1)]
    authority = name("Example Issuing CA")
    issuer = write(folder / "issuer.pem", pem(certify(authority, keys[0].public_key(), authority, keys[0], True)))
    key_files = [
        write(folder / f"key-{index}.pem", key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        for index, key in enumerate(keys)
    ]
    identities = []
    for number in range(count):
        index = number % own_keys + 1
        subject = name(f"server-{number:04}.example.com")
        certificate = certify(subject, keys[index].public_key(), authority, keys[0], False)
        identities.append((key_files[index], write(folder / f"certificate-{number:04}.pem", pem(certificate)), issuer))
    return identities
