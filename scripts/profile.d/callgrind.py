"""Counts the instructions of a run with callgrind, and puts each under one stage and one kind.

callgrind counts calls, not stacks: what a function costs is shared among the stages in proportion to what its calls
from there cost with all that they call.
"""

import collections
import pathlib
import shutil
import subprocess

import kinds
import stages
from costs import UNKNOWN, Costs

ROUNDS = 60  # a share has to travel along the longest chain of calls
# Functions that only call what they are given, in every stage: as if their callers did, so that stages do not mix in
# them. (Swift abbreviates words that a mangled name has had, such as Bytes.)
TRAMPOLINES = ["*withUnsafe*", "*SecretBytesC8capacity10initialize*", "*callProvider*", "*withCRequests*", "*6filled*",
               "*_TRTA*", "*_TR", "*_TA"]
OUTERMOST = 12  # callers to look at for the kind of a function without a name


def missing():
    """Why callgrind cannot be used, in a sentence; nothing where it can."""
    if not shutil.which("valgrind"):
        return "valgrind is not there (apt-get install valgrind)"
    return None if shutil.which("strip") else "strip is not there (apt-get install binutils)"


class Graph:
    """Who costs what, and who calls whom; functions are (name, library)."""

    def __init__(self, lines):
        self.own = collections.Counter()
        self.calls = collections.defaultdict(collections.Counter)  # of a function: caller: cost of the calls, in all
        library = called_library = function = called = None
        is_call = False
        for line in lines:
            word, _, value = line.rstrip("\n").partition("=")
            if word == "ob":
                library = value
            elif word == "fn":
                function, called_library = (value, library), None
            elif word == "cob":
                called_library = value
            elif word == "cfn":
                called, called_library = (value, called_library or library), None
            elif word == "calls":
                is_call = True
            elif function and line[:1].isdigit():
                cost = int(line.split()[1])
                if is_call:
                    self.calls[called][function] += cost
                else:
                    self.own[function] += cost
                is_call = False

    def stages(self):
        """The parts of each function's calls that are in each stage: {function: {stage: part}}."""
        functions = set(self.own) | set(self.calls)
        enter = {}
        # Those that are called know nothing at first, so that functions that call each other learn from outside only.
        parts = {function: {} if self.is_called(function) else {stages.entered(function[0], UNKNOWN): 1.0}
                 for function in functions}
        for _ in range(ROUNDS):
            parts = {function: self.parts(function, parts, enter) or parts[function] for function in functions}
        return parts

    def is_called(self, function):
        return any(caller != function for caller in self.calls.get(function, ()))

    def parts(self, function, parts, enter):
        result = collections.Counter()
        for caller, cost in self.calls.get(function, {}).items():
            if caller == function:
                continue
            for stage, part in parts.get(caller, {}).items():
                key = (function[0], stage)
                if key not in enter:
                    enter[key] = stages.entered(*key)
                result[enter[key]] += cost * part
        total = result.total()
        return {stage: weight / total for stage, weight in result.items()} if total else None

    def kind(self, function):
        """By its name and those of its costliest callers."""
        frames = [function]
        while len(frames) < OUTERMOST and (callers := self.calls.get(frames[-1])):
            caller = max(callers, key=callers.get)
            if caller in frames:
                break
            frames.append(caller)
        return kinds.kind(frames)


def without_debug_information(recapi, work):
    """A copy of recapi and what lies beside it: valgrind cannot read what Swift's compiler writes for debuggers."""
    folder = work / "bin"
    folder.mkdir()
    for file in [*recapi.parent.glob("librecapi-provider-*.so"), *recapi.parent.glob("recapi-provider-host"), recapi]:
        subprocess.run(["strip", "--strip-debug", "-o", folder / file.name, file], check=True)
    return folder / recapi.name


def measured(command, work):
    counted = work / "callgrind.out"
    recapi = without_debug_information(pathlib.Path(command[0]), work)
    ran = subprocess.run(
        ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={counted}", "--compress-strings=no",
         "--compress-pos=no", *(f"--fn-skip={pattern}" for pattern in TRAMPOLINES), recapi, *command[1:]],
        capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"profile: {ran.stderr[-2000:]}")
    with open(counted, errors="replace") as lines:
        graph = Graph(lines)
    weights = collections.Counter()
    for function, parts in graph.stages().items():
        if cost := graph.own[function]:
            kind = graph.kind(function)
            for stage, part in (parts or {UNKNOWN: 1.0}).items():
                weights[stage, kind] += cost * part
    notes = [
        "Instructions, not time, and none of the kernel's (callgrind). Its processor has neither AVX-512 nor SHA "
        "extensions, so that hash chains run in other kernels than they do by themselves. What a function costs is "
        "shared among the stages in proportion to what its calls from there cost.",
    ]
    return Costs("million instructions", graph.own.total() / 1e6, weights, notes)
