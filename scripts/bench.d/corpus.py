"""The files to measure on, made where they are not there yet: the 1,000, and sets of their own."""

import dataclasses
import pathlib
import shutil
import subprocess
import sys

from makers import MAKERS

HERE = pathlib.Path(__file__).parent
BASE = [maker for maker in MAKERS if not maker.extra]


@dataclasses.dataclass
class Corpus:
    all: pathlib.Path  # the folder of the 1,000, with a folder for each maker
    password: pathlib.Path
    folders: dict  # by the name of a maker

    def files(self, maker):
        return sorted(self.folders[maker.name].iterdir())


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def made(final, makers):
    """A folder of files, made first where there is none; a half-made one never has the final name."""
    if not final.exists():
        partial = fresh(final.with_name(final.name + ".partial"))
        subprocess.run([sys.executable, HERE / "make_files.py", partial, *(maker.name for maker in makers)], check=True)
        partial.rename(final)
    return final


def corpus(cache, makers):
    base = made(cache / "corpus", BASE)
    folders = {maker.name: base / "files" / maker.name for maker in BASE}
    for maker in (maker for maker in makers if maker.extra):
        folders[maker.name] = made(cache / f"corpus-{maker.name}", [maker]) / "files" / maker.name
    return Corpus(base / "files", base / "password", folders)
