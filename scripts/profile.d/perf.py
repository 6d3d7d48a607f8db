"""Samples the stacks of a run with perf, and puts each under one stage and one kind."""

import bisect
import collections
import dataclasses
import os
import re
import shutil
import subprocess

import kinds
import stages
from costs import UNKNOWN, Costs

FREQUENCY = 1999  # samples a second; not a round number, so that nothing periodic keeps step with it
STACK_BYTES = 32_768  # the stacks of closures within closures are deep
BUFFER = "16M" if os.geteuid() == 0 else "512K"  # others may lock no more memory; where it is too little, perf says so
EVENT = "cpu-clock"  # virtual machines count no cycles

_HEAD = re.compile(r"^ *(?P<thread>\d+)\s+(?P<time>\d+\.\d+):\s*$")
_FRAME = re.compile(r"^\s+[0-9a-f]+ (?P<function>.*) \((?P<library>.*)\)$")


def missing():
    """Why perf cannot be used, in a sentence; nothing where it can."""
    if not shutil.which("perf"):
        return "perf is not there (Debian: apt-get install linux-perf; Ubuntu: linux-tools-generic)"
    trial = ["perf", "record", "-q", "-e", EVENT, "-o", "/dev/null", "true"]
    tried = subprocess.run(trial, capture_output=True, text=True)
    if tried.returncode != 0:
        reason = (tried.stderr.strip().splitlines() or ["no reason given"])[0]
        return f"perf cannot sample here ({reason}); see /proc/sys/kernel/perf_event_paranoid"
    return None


@dataclasses.dataclass
class Sample:
    thread: int
    time: float
    frames: list  # (function, library), innermost first


def samples(lines):
    """What `perf script` prints, a sample at a time."""
    sample = None
    for line in lines:
        if head := _HEAD.match(line):
            sample = Sample(int(head["thread"]), float(head["time"]), [])
        elif not line.strip():
            if sample:
                yield sample
            sample = None
        elif sample and (frame := _FRAME.match(line)):
            sample.frames.append((frame["function"].removesuffix(" (inlined)"), frame["library"]))
    if sample:
        yield sample


def recorded(command, work):
    data = work / "perf.data"
    ran = subprocess.run(
        ["perf", "record", "-q", "-e", EVENT, "-F", str(FREQUENCY), "-m", BUFFER,
         "--call-graph", f"dwarf,{STACK_BYTES}", "-o", data, "--", *command], capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"profile: {ran.stderr}")
    script = subprocess.Popen(
        ["perf", "script", "-i", data, "--no-inline", "--max-stack", "1023", "-F", "tid,time,ip,sym,dso"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
    with script:
        taken = list(samples(script.stdout))
        said = script.stderr.read()
    if script.returncode != 0 or not taken:
        raise SystemExit(f"profile: perf script gave no samples: {said}")
    return taken, lost(said)


def lost(said):
    """A sentence where perf says that it dropped something."""
    return next((line.strip() for line in said.splitlines() if "lost" in line), None)


def whole_stages(taken):
    """Each sample's stage by its own stack."""
    return [stages.stage([function for function, _ in sample.frames]) for sample in taken]


def neighbouring_stages(taken, found):
    """For the samples without a stage: that of the samples before and after in their thread, where these two agree."""
    known = collections.defaultdict(list)
    for index, sample in sorted(enumerate(taken), key=lambda entry: entry[1].time):
        if found[index] != UNKNOWN:
            known[sample.thread].append((sample.time, found[index]))
    for index, sample in enumerate(taken):
        if found[index] == UNKNOWN:
            near = known[sample.thread]
            place = bisect.bisect_left(near, sample.time, key=lambda entry: entry[0])
            neighbours = {stage for _, stage in near[max(0, place - 1):place + 1]}
            if len(neighbours) == 1:
                yield index, neighbours.pop()


def work_of(sample):
    """What a function in assembly does: its library, and the algorithm in its name, or the kind."""
    function, library = sample.frames[0] if sample.frames else ("", "")
    algorithm = re.search(r"sha\d+|md5|des|aes|chacha|retain|release", function)
    return library, algorithm[0] if algorithm else kinds.kind(sample.frames)


def attributed(taken):
    """Weights by stage and kind, and how many samples of 1 are under a stage by other means than their own stack."""
    found = whole_stages(taken)
    likely = dict(neighbouring_stages(taken, found))
    alike = collections.defaultdict(collections.Counter)
    for sample, stage in zip(taken, found):
        if stage != UNKNOWN:
            alike[work_of(sample)][stage] += 1
    weights = collections.Counter()
    for index, sample in enumerate(taken):
        stage, kind = found[index], kinds.kind(sample.frames)
        if stage == UNKNOWN:
            stage = likely.get(index, UNKNOWN)
        others = alike[work_of(sample)] if stage == UNKNOWN else None
        for other, count in (others or {stage: 1}).items():
            weights[other, kind] += count / (others.total() if others else 1)
    shared = sum(1 for index, sample in enumerate(taken)
                 if found[index] == UNKNOWN and index not in likely and alike[work_of(sample)])
    return weights, len(likely) / len(taken), shared / len(taken)


def measured(command, work):
    taken, lost_some = recorded(command, work)
    weights, neighbouring, shared = attributed(taken)
    notes = [
        f"{len(taken):,} samples of one run, {FREQUENCY:,} a second of CPU time (perf, {EVENT}; stacks by DWARF, "
        f"{STACK_BYTES:,} bytes). Each counts once. Functions in assembly have no whole stack: "
        f"{100 * neighbouring:.1f} % of the samples are under the stage of those before and after them in their thread, "
        "which agree; "
        f"{100 * shared:.1f} % are shared among the stages as the samples are that have a stack and are of the same "
        "library and algorithm.",
    ]
    if lost_some:
        notes.append(f"perf says: {lost_some}")
    return Costs("ms of CPU time", 1000 * len(taken) / FREQUENCY, weights, notes)
