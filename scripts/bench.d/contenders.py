"""The programs that are compared, as commands that convert some of the files of one maker."""

import dataclasses
import json
import os
import pathlib
import sys
from typing import Callable

PROGRAMS = pathlib.Path(__file__).parent / "programs"
PROCESSORS = len(os.sched_getaffinity(0))


@dataclasses.dataclass
class Job:
    folder: pathlib.Path  # where the files are
    files: list  # those of them that a contender converts which is given files and no folder
    legacy: bool
    out: pathlib.Path
    password: pathlib.Path


@dataclasses.dataclass
class Contender:
    key: str  # for --contenders
    name: str
    command: Callable[[Job], list]
    note: str  # how it works, and what it cannot do
    most: int | None = None  # converts at most so many files of a maker, and not all: too slow for more
    start: Callable[[Job], list] | None = None  # a command of which the cost does not count
    has_outputs: bool = True


def without_files(command):
    return lambda job: command(dataclasses.replace(job, files=[]))


def recapi(executable, key="recapi", name="recapi", jobs=1, options=(), note="one job, as the others work"):
    """With one job, as the others work: processors that share a core make each other's CPU time longer."""
    def command(job):
        return [executable, "convert", job.folder, "--out", job.out, "--password", f"file:{job.password}",
                "--output-password", f"file:{job.password}", "--jobs", str(jobs), *options]
    return Contender(key, name, command, note)


def on_one_processor(contender):
    """With all of its threads on the first processor that there is."""
    processor = min(os.sched_getaffinity(0))
    return dataclasses.replace(
        contender, key=f"{contender.key}-pinned", name=f"{contender.name} on one processor",
        command=lambda job: ["taskset", "--cpu-list", str(processor), *contender.command(job)])


def recapi_spread(executable):
    """What convert's options cannot say."""
    def command(job):
        pipeline = {
            "version": 1,
            "inputs": [{"site": "bench", "path": str(job.folder), "password": f"file:{job.password}"}],
            "output": {"directory": str(job.out), "password": f"file:{job.password}"},
            "distribute": "spread", "jobs": 1,
        }
        file = job.out.with_suffix(".json")
        file.write_text(json.dumps(pipeline))
        return [executable, "run", file]
    return Contender("recapi-spread", "recapi, spread", command,
                     "`distribute: spread`: both providers seal in turns, each verified by the other")


def recapis(executable):
    return [
        recapi(executable, note="sealed by GnuTLS, verified by OpenSSL's reader, as by default; one job, as the others work"),
        recapi(executable, "recapi-jobs", "recapi, a job a processor", PROCESSORS, note="as it works by default"),
        recapi(executable, "recapi-openssl", "recapi, OpenSSL alone", options=["--provider", "openssl"],
               note="sealed by one and verified by its library's own reader"),
        recapi(executable, "recapi-gnutls", "recapi, GnuTLS alone", options=["--provider", "gnutls"], note="likewise"),
        recapi_spread(executable),
    ]


def sampled(key, name, words, note, most=None):
    """One that gets PASSWORD_FILE OUT FILE... after some words; what it takes to start does not count."""
    def command(job):
        legacy = ["env", "LEGACY=1"] if job.legacy else []
        return [*legacy, *words, job.password, job.out, *job.files]
    return Contender(key, name, command, note, most, without_files(command))


def baselines(sample, few):
    """What people use today. The slowest get fewer files."""
    def shell(script, *words):
        return ["bash", PROGRAMS / script, *words]
    loses = "loses the provider's name"
    return [
        sampled("manual", "manual", shell("manual.sh", "plain"), f"two `openssl pkcs12`; {loses}", sample),
        sampled("manual-checked", "manual + thumbprints", shell("manual.sh", "checked"),
                f"the same, and the thumbprint before and after by two more, and `openssl x509`; {loses}", sample),
        sampled("parallel", "manual under GNU parallel", shell("parallel.sh", str(PROCESSORS)),
                f"the two commands, a job a processor; {loses}", sample),
        sampled("certtool", "certtool (600,000 iterations)", shell("with_certtool.sh"),
                "takes passwords on the command line only; always writes 600,000 iterations and a MAC with SHA-256, "
                f"which costs nearly all of its time; {loses}; verifies nothing", few),
        sampled("keytool", "keytool", shell("with_keytool.sh"),
                f"`-importkeystore`, told to write 3DES and 2,000 iterations; {loses}; verifies nothing", few),
        sampled("python", "Python cryptography", [sys.executable, PROGRAMS / "with_cryptography.py"],
                f"one process; reads the output back; tests the primes of each key it loads; {loses}", sample),
    ]


def compiled(programs, keys):
    """Those that are compiled first. `programs` and `keys` are paths by name; some may be missing."""
    contenders = []
    if "with_go" in programs:
        contenders.append(sampled(
            "go", "Go go-pkcs12", [programs["with_go"]],
            "one process; cannot read every file; writes RC2-40 certificates; loses the provider's name; "
            "verifies nothing"))
    if "pkcs12_loop" in programs:
        contenders.append(sampled(
            "c", "C loop", [programs["pkcs12_loop"]],
            "one process, `PKCS12_parse` and `PKCS12_create`, what recapi writes; verifies nothing"))
    if "floor" in programs:
        def command(what):
            return lambda job: [programs["floor"], what, keys[2048], keys[4096], *job.files]
        contenders.append(Contender(
            "floor", "floor", command("work"),
            "bare hash chains in full lanes, ciphers, one proof of the pair; no output: "
            "`scripts/bench.d/programs/floor.c` says what it assumes", start=command("plan"), has_outputs=False))
    return contenders


KEYS = ["recapi", "recapi-jobs", "recapi-openssl", "recapi-gnutls", "recapi-spread", "manual", "manual-checked",
        "parallel", "certtool", "keytool", "python", "go", "c", "floor"]
