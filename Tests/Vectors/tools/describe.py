"""Writes index.json and README.md: what the commands intended (`records`), and what the openssl command reads from the files.

usage: describe.py RECORDS TESTS/VECTORS
"""
import json
import os
import re
import subprocess
import sys


def openssl(*arguments, input=None):
    return subprocess.run(["openssl", *arguments], input=input, capture_output=True)


def records(path):
    with open(path) as file:
        for line in file.read().split("\x1f\n"):
            if line:
                yield dict(field.split("=", 1) for field in line.split("\x1f"))


def structure(log):
    """The lines that `openssl pkcs12 -info` writes on stderr: the MAC, and each bag with the encryption around it."""
    mac, part, bags, iterations = None, None, [], []
    for line in log.splitlines():
        line = line.removeprefix("Bag Value: ")
        iterations += [int(n) for n in re.findall(r"Iteration (\d+)", line)]
        line = re.sub(r", Iteration \d+", "", line)
        if line.startswith("MAC: "):
            mac = line[len("MAC: "):]
        elif line.startswith("PKCS7 Data"):
            part = "none"
        elif line.startswith("PKCS7 Encrypted data: "):
            part = line.split(": ", 1)[1]
        elif line.startswith("Certificate bag"):
            bags.append(("certificate", part))
        elif line.startswith("Key bag"):
            bags.append(("key", part))
        elif line.startswith("Shrouded Keybag: "):
            bags.append(("key", line.split(": ", 1)[1]))
        elif line.startswith(("CRL", "Secret", "Safe Contents")):
            bags.append(("other", part))
    return mac, bags, max(iterations, default=None)


def values(text):
    """The PEM values that it writes on stdout, each with the text before it."""
    pattern = re.compile(r"(.*?)-----BEGIN ([A-Z ]+)-----\n(.*?)-----END \2-----\n", re.S)
    for before, label, body in pattern.findall(text):
        yield label, before, f"-----BEGIN {label}-----\n{body}-----END {label}-----\n"


def attribute(text, name):
    found = re.findall(rf"^ *{re.escape(name)}: *(.*?) *$", text.split("Key Attributes")[0], re.M)
    return found[-1] if found else None


def key_of(before, pem):
    parsed = openssl("asn1parse", input=pem.encode()).stdout.decode()
    kind = {"rsaEncryption": "RSA", "rsassaPss": "RSASSA-PSS", "id-ecPublicKey": "EC", "dsaEncryption": "DSA"}
    kind["ED25519"] = "Ed25519"
    oid = re.search(r"OBJECT +:(\S+)", parsed).group(1)
    text = openssl("pkey", "-noout", "-text", input=pem.encode()).stdout.decode()
    bits = re.search(r"\((\d+) bit", text)
    usage = re.search(r"X509v3 Key Usage: *([0-9A-F]{2})", before)
    bag = before.split("Bag Attributes")[-1]
    names = re.findall(r"Microsoft CSP Name: *(.*?) *$", bag, re.M)
    return {
        "kind": kind[oid], "bits": int(bits.group(1)) if bits else 256, "thumbprint": None,
        "cspName": names[0] if names else None, "machineKeySet": "Microsoft Local Key set" in bag,
        "keyUsage": int(usage.group(1), 16) if usage else None, "friendlyName": attribute(bag, "friendlyName"),
        "public": openssl("pkey", "-pubout", input=pem.encode()).stdout,
    }


def certificate_of(before, pem):
    print_ = openssl("x509", "-noout", "-fingerprint", "-sha1", input=pem.encode()).stdout.decode()
    return {
        "thumbprint": print_.strip().split("=")[1].replace(":", ""), "leaf": False,
        "friendlyName": attribute(before.split("Bag Attributes")[-1] if "Bag Attributes" in before else "", "friendlyName"),
        "public": openssl("x509", "-noout", "-pubkey", input=pem.encode()).stdout,
    }


def described(file, password, two_passwords):
    result = openssl("pkcs12", "-legacy", "-in", file, "-passin", "pass:" + password, "-info", "-nodes",
                     *(["-nomacver"] if two_passwords else []))
    mac, bags, iterations = structure(result.stderr.decode(errors="replace"))
    # openssl prints BMPStrings as Latin-1.
    found = list(values(result.stdout.decode("latin-1")))
    if result.returncode != 0:
        return {"opensslOpens": False, "certificates": [], "keys": []}
    certificates = [certificate_of(b, pem) for label, b, pem in found if label == "CERTIFICATE"]
    keys = [key_of(b, pem) for label, b, pem in found if label == "PRIVATE KEY"]
    for kind, items in (("certificate", certificates), ("key", keys)):
        parts = [part for bag, part in bags if bag == kind]
        assert len(parts) == len(items), (file, bags, len(items))
        for item, part in zip(items, parts):
            item["encryption"] = part
    for key in keys:
        for certificate in certificates:
            if certificate["public"] == key["public"]:
                certificate["leaf"] = True
                key["thumbprint"] = certificate["thumbprint"]
    for item in certificates + keys:
        del item["public"]
    return {"opensslOpens": True, "mac": mac, "iterations": iterations, "certificates": certificates, "keys": keys}


def entry(record, folder):
    password = record.get("password", "vectors")
    tool_password = record.pop("toolPassword", password)
    if "command" in record:
        record["command"] = re.sub(r"'([A-Za-z0-9_./:=,@%+-]+)'", r"\1", record["command"])
    facts = described(os.path.join(folder, record["file"]), tool_password, "macPassword" in record)
    return {**record, "password": password, **facts}


def readme(entries):
    lines = [
        "# Test vectors", "",
        "PFX files that other programs wrote, made by `Tests/Vectors/make` (run it again to make all of them anew; keys and salts are new each",
        "time). What `index.json` says of a file was read from it by `openssl pkcs12 -legacy -info -nodes`, `openssl x509 -fingerprint`,",
        "`openssl pkey` and `openssl asn1parse`, never by recapi; `expect` is what design rules ask for: `convertible` (whether it is then",
        "converted or found unchanged depends on the profile), or the code of the `PKCS12Error` or `ReissueError` that reading or checking must give.",
        "The certificates belong to nobody, and the passwords are these: `vectors`, unless the index says another.", "",
        "- `password` (and `macPassword`, where a file's MAC has its own): the candidates to give. It is a wrong one where `expect` says so.",
        "- `certificates`: in the order of the file, as openssl prints them; `leaf` marks those whose public key is that of a key in the file.",
        "- `keys`: `bits`, the certificate's `thumbprint` (null: none matches), `cspName` (the first one), `machineKeySet` (the local machine keyset mark),",
        "  `keyUsage` (the octet of 2.5.29.15 inside the PKCS#8), `friendlyName`, `encryption` (`none`: a plain key bag).",
        "- `iterations`: the largest in the file. `opensslOpens` false: openssl 3.0 does not read the file with this password; there is no other truth about it then.", "",
        "Not there, for want of a tool on Debian 12 that writes it: PBMAC1 (RFC 9579; OpenSSL 3.4, GnuTLS 3.8.8 and NSS 3.103 would), GOST,",
        "password-less protection (Windows' domain principals), nested SafeContents, RSA-16384 (minutes to generate).", "",
        "## Commands", "",
        "In a folder with the keys and certificates that the head of `make` creates; `pfx-maker` is `tools/pfx-maker.c`.", "",
        "| vector | expect | maker | command |", "|---|---|---|---|",
    ]
    for item in entries:
        command = item.get("command", "").replace("|", "\\|")
        lines.append(f"| {item['name']} | {item['expect']} | {item['maker']} | {'`' + command + '`' if command else ''} |")
    return "\n".join(lines) + "\n"


def main(path, folder):
    entries = [entry(record, folder) for record in records(path)]
    names = [item["name"] for item in entries]
    assert len(names) == len(set(names)), "a name is there twice"
    with open(os.path.join(folder, "index.json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(item, ensure_ascii=False) for item in entries) + "\n]\n")
    with open(os.path.join(folder, "README.md"), "w") as file:
        file.write(readme(entries))
    odd = [item["name"] for item in entries if not item["opensslOpens"]]
    print(f"{len(entries)} vectors; openssl does not open: {' '.join(odd)}")


main(*sys.argv[1:])
