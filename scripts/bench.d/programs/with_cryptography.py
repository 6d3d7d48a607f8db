"""Reads, writes again and reads back PFX files with `cryptography`: with_cryptography.py PASSWORD_FILE OUT FILE..."""

import pathlib
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

password = pathlib.Path(sys.argv[1]).read_bytes()
out = pathlib.Path(sys.argv[2])
# What recapi writes: readable for every Windows.
encryption = (
    PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000)
    .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1()).build(password)
)
for file in map(pathlib.Path, sys.argv[3:]):
    key, certificate, others = pkcs12.load_key_and_certificates(file.read_bytes(), password)
    target = out / file.name
    target.write_bytes(pkcs12.serialize_key_and_certificates(b"server", key, certificate, others, encryption))
    key_after, certificate_after, _ = pkcs12.load_key_and_certificates(target.read_bytes(), password)
    assert certificate_after.fingerprint(hashes.SHA1()) == certificate.fingerprint(hashes.SHA1()), file
    assert key_after.private_numbers() == key.private_numbers(), file
