"""Measures recapi's memory over many files; scripts/test-leaks says how to start it."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "Tests/Vectors/files"
# What a run knows of each file until its end: where it is, what became of it, where that is in the journal.
BYTES_PER_FILE = 1024
# What the system's allocator keeps and gives differs from run to run.
SLACK = 4 << 20

# name: the vector, the password, what else is on the command line, the exit status.
CASES = {
    # By OpenSSL, and verified by GnuTLS.
    "converted": ("key-rsa-1024.pfx", "vectors", [], 0),
    "converted by openssl": ("key-rsa-1024.pfx", "vectors", ["--provider", "openssl"], 0),
    "converted by gnutls": ("key-rsa-1024.pfx", "vectors", ["--provider", "gnutls"], 0),
    "wrong passwords": ("key-rsa-1024.pfx", "another", [], 1),
    "keys that are refused": ("key-rsa-1023.pfx", "vectors", [], 1),
    "isolated": ("key-rsa-1024.pfx", "vectors", ["--isolate", "openssl", "--isolate", "gnutls"], 0),
}


def run(recapi, case, count, **settings):
    """Converts so many copies of a file: the peak of memory in bytes, and what was said."""
    vector, password, options, status = CASES[case]
    with tempfile.TemporaryDirectory(prefix="recapi-leaks-") as folder:
        folder = pathlib.Path(folder)
        secret = folder / "password"
        secret.touch(0o600)
        secret.write_text(password)
        (folder / "in").mkdir()
        data = (VECTORS / vector).read_bytes()
        for index in range(count):
            (folder / f"in/{index:05}.pfx").write_bytes(data)
        with open(folder / "said", "w+b") as said:
            process = subprocess.Popen(
                [recapi, "convert", folder / "in", "--out", folder / "out", "--password", f"file:{secret}",
                 "--output-password", f"file:{secret}", *options],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, **settings)
            _, state, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(state)
            said.seek(0)
            text = said.read().decode(errors="replace")
        if process.returncode != status:
            sys.exit(f"{case}: recapi ended with {process.returncode}, not {status}: {text[-4000:]}")
        return usage.ru_maxrss << 10, text


def measure_growth(recapi, files):
    for case in CASES:
        few, many = (run(recapi, case, count)[0] for count in (files // 10, files))
        growth = many - few
        print(f"{case}: {few >> 10} KiB for {files // 10} files, {many >> 10} KiB for {files}: "
              f"{growth / (files - files // 10):.0f} bytes a file", flush=True)
        if growth > SLACK + BYTES_PER_FILE * (files - files // 10):
            sys.exit(f"{case}: memory grows with the number of files")


def look_for_leaks(recapi):
    # A leak is an exit status of its own, and a report.
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=1", LSAN_OPTIONS="exitcode=23")
    for case in CASES:
        _, text = run(recapi, case, 50, env=environment)
        if "Sanitizer" in text:
            sys.exit(f"{case}: {text[-4000:]}")
        print(f"{case}: LeakSanitizer finds nothing", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", help="a release build's recapi")
    parser.add_argument("--address", help="that of a build with AddressSanitizer")
    parser.add_argument("--files", type=int, default=10_000)
    arguments = parser.parse_args()
    if arguments.release:
        measure_growth(arguments.release, arguments.files)
    if arguments.address:
        look_for_leaks(arguments.address)


main()
