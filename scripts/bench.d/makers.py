"""PFX files as several programs write them, from certificates that `identities.py` has made."""

import dataclasses
import pathlib
import subprocess
import tempfile
from typing import Callable

TRIPLE_DES = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1", "-iter", "2000"]
CNG = ["-LMK", "-CSP", "Microsoft Software Key Storage Provider", "-name", "le-WebServer-0a1b2c3d", "-keyex"]


@dataclasses.dataclass
class Identity:
    key: pathlib.Path  # PEM
    certificate: pathlib.Path  # PEM
    issuer: pathlib.Path  # PEM
    password: str
    password_file: pathlib.Path


@dataclasses.dataclass
class Maker:
    name: str
    writes: str  # what its files are, for the report
    count: int  # of 1,000, or in a set of its own
    make: Callable[[Identity, pathlib.Path], None]
    legacy: bool = False  # needs OpenSSL's legacy provider
    slow: bool = False  # so many iterations that every program spends nearly all its time on them
    extra: bool = False  # not among the 1,000: a set of its own
    key_bits: int = 2048


def tool(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(str(w) for w in command)}: {done.stderr or done.stdout}")


def openssl(*options):
    def make(identity, path):
        tool("openssl", "pkcs12", "-export", "-inkey", identity.key, "-in", identity.certificate,
             "-certfile", identity.issuer, "-passout", f"file:{identity.password_file}", "-out", path, *options)
    return make


def keytool(identity, path):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "source.p12")
        openssl("-name", "server")(identity, source)
        tool("keytool", "-importkeystore", "-srckeystore", source, "-srcstoretype", "PKCS12",
             "-srcstorepass:file", identity.password_file, "-destkeystore", path, "-deststoretype", "PKCS12",
             "-deststorepass:file", identity.password_file)


def certtool(identity, path):
    with tempfile.TemporaryDirectory() as folder:
        chain = pathlib.Path(folder, "chain.pem")
        chain.write_text(identity.certificate.read_text() + identity.issuer.read_text())
        tool("certtool", "--to-p12", "--load-privkey", identity.key, "--load-certificate", chain, "--p12-name",
             "server", "--password", identity.password, "--outder", "--outfile", path)


def pk12util(identity, path):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "source.p12")
        openssl("-name", "server")(identity, source)
        tool("certutil", "-N", "-d", folder, "--empty-password")
        tool("pk12util", "-i", source, "-d", folder, "-w", identity.password_file, "-K", "")
        tool("pk12util", "-o", path, "-n", "server", "-d", folder, "-w", identity.password_file, "-K", "")


def cryptography(identity, path):
    # Imported here: only the process that makes files needs it, and not the one that measures memory.
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    path.write_bytes(pkcs12.serialize_key_and_certificates(
        b"server", serialization.load_pem_private_key(identity.key.read_bytes(), None),
        x509.load_pem_x509_certificate(identity.certificate.read_bytes()),
        [x509.load_pem_x509_certificate(identity.issuer.read_bytes())],
        serialization.BestAvailableEncryption(identity.password.encode())))


MAKERS = [
    Maker("windows", "3DES, SHA-1, 2,000 iterations, CNG provider name (as Windows exports)", 800,
          openssl(*TRIPLE_DES, *CNG)),
    Maker("openssl3", "OpenSSL 3 defaults: AES-256, PBKDF2 SHA-256, 2,048 iterations", 80, openssl()),
    Maker("openssl1", "OpenSSL 1 defaults: RC2-40 certificates, 3DES key, 2,048 iterations", 40,
          openssl("-legacy"), legacy=True),
    Maker("python", "Python cryptography: AES-256, PBKDF2 SHA-256, 20,000 iterations", 40, cryptography),
    Maker("gnutls", "certtool defaults: AES-128, PBKDF2 SHA-256, 600,000 iterations", 10, certtool, slow=True),
    Maker("java", "keytool defaults: AES-256, PBKDF2 SHA-256, 10,000 iterations", 20, keytool),
    Maker("nss", "pk12util defaults: AES, PBKDF2 SHA-256, 600,000 iterations", 10, pk12util, slow=True),
    Maker("windows-4096", "as windows, with RSA-4096 keys", 40, openssl(*TRIPLE_DES, *CNG), extra=True, key_bits=4096),
    Maker("aes-10000", "OpenSSL 3: AES-256, PBKDF2 SHA-256, 10,000 iterations", 40,
          openssl("-iter", "10000"), extra=True),
    Maker("aes-600000", "OpenSSL 3: AES-256, PBKDF2 SHA-256, 600,000 iterations", 10,
          openssl("-iter", "600000"), slow=True, extra=True),
]
