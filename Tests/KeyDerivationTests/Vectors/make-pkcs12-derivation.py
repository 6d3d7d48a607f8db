#!/usr/bin/env python3
"""Writes pkcs12-derivation.json beside itself: keys of RFC 7292 appendix B.2, computed straight from its text.

Nothing here is shared with the code under test. Before it writes anything, the script checks itself against the
published vectors of Stephen Henson (http://www.drh-consultancy.demon.co.uk/test.txt, also in GnuTLS'
tests/pkcs12_s2k.c and BouncyCastle's PKCS12 tests), and every vector that `openssl kdf` can compute against that.

Usage: make-pkcs12-derivation.py [--openssl]   (--openssl: compare with `openssl kdf`, OpenSSL 3; takes half a minute)
"""

import hashlib
import json
import pathlib
import random
import subprocess
import sys

PUBLISHED = [  # ID, BMPString password, salt, iterations, SHA-1 key
    (1, "0073006d006500670000", "0a58cf64530d823f", 1, "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"),
    (2, "0073006d006500670000", "0a58cf64530d823f", 1, "79993dfe048d3b76"),
    (1, "0073006d006500670000", "642b99ab44fb4b1f", 1, "f3a95fec48d7711e985cfe67908c5ab79fa3d7c5caa5d966"),
    (2, "0073006d006500670000", "642b99ab44fb4b1f", 1, "c0a38d64a79bea1d"),
    (3, "0073006d006500670000", "3d83c0e4546ac140", 1, "8d967d88f6caa9d714800ab3d48051d63f73a312"),
    (1, "007100750065006500670000", "05dec959acff72f7", 1000, "ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4"),
    (2, "007100750065006500670000", "05dec959acff72f7", 1000, "11dedad7758d4860"),
    (1, "007100750065006500670000", "1682c0fc5b3f7ec5", 1000, "483dd6e919d7de2e8e648ba8f862f3fbfbdc2bcb2c02957f"),
    (2, "007100750065006500670000", "1682c0fc5b3f7ec5", 1000, "9d461d1b00355c50"),
    (3, "007100750065006500670000", "263216fcc2fab31c", 1000, "5ec4c7a80df652294c3925b6489a7ab857c83476"),
]
DIGESTS = ["sha1", "sha224", "sha256", "sha384", "sha512"]


def derive(digest, purpose, password, salt, iterations, count):
    u, v = hashlib.new(digest).digest_size, hashlib.new(digest).block_size
    D = bytes([purpose]) * v
    S = (salt * v)[: v * -(-len(salt) // v)]
    P = (password * v)[: v * -(-len(password) // v)]
    I = S + P
    key = b""
    while len(key) < count:
        A = D + I
        for _ in range(iterations):
            A = hashlib.new(digest, A).digest()
        key += A
        B = int.from_bytes((A * v)[:v], "big")
        blocks = [int.from_bytes(I[j : j + v], "big") for j in range(0, len(I), v)]
        I = b"".join(((block + B + 1) % 256**v).to_bytes(v, "big") for block in blocks)
    return key[:count]


def openssl(vector):
    command = ["openssl", "kdf", "-keylen", str(vector["byteCount"]), "-binary"]
    options = {
        "digest": vector["digest"], "hexpass": vector["password"], "hexsalt": vector["salt"],
        "iter": vector["iterations"], "id": vector["purpose"],
    }
    for name, value in options.items():
        command += ["-kdfopt", f"{name}:{value}"]
    return subprocess.run(command + ["PKCS12KDF"], check=True, capture_output=True).stdout.hex()


def main():
    vectors = []

    def add(digest, purpose, password, salt, iterations, count):
        vectors.append({
            "digest": digest, "purpose": purpose, "password": password.hex(), "salt": salt.hex(),
            "iterations": iterations, "byteCount": count,
            "key": derive(digest, purpose, password, salt, iterations, count).hex(),
        })

    for purpose, password, salt, iterations, key in PUBLISHED:
        add("sha1", purpose, bytes.fromhex(password), bytes.fromhex(salt), iterations, len(key) // 2)
        assert vectors[-1]["key"] == key, vectors[-1]
    source = random.Random(7292)
    for digest in DIGESTS:
        for length in range(1, 101):  # every salt length, every second password length, every key length
            add(digest, length % 3 + 1, source.randbytes(2 * length), source.randbytes(length),
                source.choice([1, 2, 3]), (length - 1) % 64 + 1)
        for length in range(1, 65):
            add(digest, source.randint(1, 3), source.randbytes(source.randint(0, 200)), source.randbytes(20),
                source.choice([1, 2, 3, 4, 7]), length)
        for count in [5, 8, 16, 20, 24, 32, 64]:
            add(digest, source.randint(1, 3), source.randbytes(24), source.randbytes(8), 1000, count)
        for password in [b"", b"\0\0"]:  # absent and empty are two things
            add(digest, 3, password, source.randbytes(8), 2, 20)
        # All bits set: the carry of I + B + 1 runs through.
        add(digest, 1, b"\xff" * 130, b"\xff" * 64, 1, 64)
        add(digest, 1, b"p" * 8, b"", 2, 40)
    if "--openssl" in sys.argv:
        checked = [v for v in vectors if v["password"] and v["salt"]]
        for vector in checked:
            assert openssl(vector) == vector["key"], vector
        print(f"openssl agrees with {len(checked)} of {len(vectors)}", file=sys.stderr)
    path = pathlib.Path(__file__).with_name("pkcs12-derivation.json")
    path.write_text("[\n" + ",\n".join(json.dumps(v) for v in vectors) + "\n]\n")


main()
