"""Makes files to measure on: make_files.py FOLDER MAKER...

A process of its own, so that its memory is not the driver's.
"""

import pathlib
import sys
import tempfile

import identities
import makers

PASSWORD = "correct horse battery"


def key_sizes(chosen):
    return sorted({maker.key_bits for maker in chosen})


def main(folder, chosen):
    password_file = folder / "password"
    password_file.write_text(PASSWORD)
    password_file.chmod(0o600)
    for bits in key_sizes(chosen):
        fitting = [maker for maker in chosen if maker.key_bits == bits]
        with tempfile.TemporaryDirectory() as work:
            made = iter(identities.make(work, sum(maker.count for maker in fitting), bits))
            for maker in fitting:
                print(f"bench: making {maker.count} files as {maker.name} writes them", file=sys.stderr, flush=True)
                target = folder / "files" / maker.name
                target.mkdir(parents=True)
                for number in range(maker.count):
                    key, certificate, issuer = next(made)
                    identity = makers.Identity(key, certificate, issuer, PASSWORD, password_file)
                    maker.make(identity, target / f"{maker.name}-{number:04}.pfx")


main(pathlib.Path(sys.argv[1]), [maker for maker in makers.MAKERS if maker.name in sys.argv[2:]])
