"""The programs that are compared, as commands that convert some of the files of one maker."""

import dataclasses
import pathlib
import sys
from typing import Callable

HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass
class Job:
    folder: pathlib.Path  # where the files are
    files: list  # those of them that a sampled contender converts
    legacy: bool
    out: pathlib.Path
    password: pathlib.Path


@dataclasses.dataclass
class Contender:
    name: str
    command: Callable[[Job], list]
    sampled: bool = True  # converts a sample of the files, and not all: too slow for more


def recapi(executable, name="recapi", jobs=1):
    """With one job, as the others work: processors that share a core make each other's CPU time longer."""
    def command(job):
        return [executable, "convert", job.folder, "--out", job.out, "--password", f"file:{job.password}",
                "--output-password", f"file:{job.password}", "--jobs", str(jobs)]
    return Contender(name, command, sampled=False)


def manual(name, mode):
    def command(job):
        legacy = ["env", "LEGACY=1"] if job.legacy else []
        return [*legacy, "bash", HERE / "manual.sh", mode, job.password, job.out, *job.files]
    return Contender(name, command)


def python():
    def command(job):
        return [sys.executable, HERE / "with_cryptography.py", job.password, job.out, *job.files]
    return Contender("Python cryptography", command)


def baselines():
    return [manual("manual", "plain"), manual("manual + thumbprints", "checked"), python()]
