"""Makes the files to measure on: make_files.py FOLDER. A process of its own, so that its memory is not the driver's."""

import pathlib
import sys
import tempfile

import identities
import makers

PASSWORD = "correct horse battery"


def main(folder):
    password_file = folder / "password"
    password_file.write_text(PASSWORD)
    password_file.chmod(0o600)
    with tempfile.TemporaryDirectory() as work:
        made = iter(identities.make(work, sum(maker.count for maker in makers.MAKERS)))
        for maker in makers.MAKERS:
            print(f"bench: making {maker.count} files as {maker.name} writes them", file=sys.stderr, flush=True)
            target = folder / "files" / maker.name
            target.mkdir(parents=True)
            for number in range(maker.count):
                key, certificate, issuer = next(made)
                identity = makers.Identity(key, certificate, issuer, PASSWORD, password_file)
                maker.make(identity, target / f"{maker.name}-{number:04}.pfx")


main(pathlib.Path(sys.argv[1]))
