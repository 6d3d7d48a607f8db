"""What a command costs: wall time, CPU time, peak memory, its children's included."""

import dataclasses
import os
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass
class Usage:
    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: int = 0  # bytes: the largest resident set of any of its processes, where that was asked for
    floor: int = 0  # bytes: the least peak that could have been seen


class CommandFailed(Exception):
    pass


def run(command):
    """Runs a command to its end, its output kept aside; raises CommandFailed, with that output, unless it exits 0."""
    command = [str(word) for word in command]
    with tempfile.TemporaryFile() as output:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, output.fileno(), 2),
        ]
        begin = time.monotonic()
        pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
        _, status, used = os.wait4(pid, 0)
        wall = time.monotonic() - begin
        code = os.waitstatus_to_exitcode(status)
        if code != 0:
            output.seek(0)
            said = output.read().decode(errors="replace")
            raise CommandFailed(f"{' '.join(command)} ended with {code}:\n{said[-4000:]}")
    return Usage(wall=wall, cpu=used.ru_utime + used.ru_stime)


def with_peak(command):
    """As `run`, with the peak memory."""
    with tempfile.TemporaryFile() as answer:
        os.set_inheritable(answer.fileno(), True)
        run([sys.executable, "-I", "-S", HERE / "peak.py", answer.fileno(), *command])
        answer.seek(0)
        most, floor, cpu, wall = answer.read().split()
    return Usage(wall=float(wall), cpu=float(cpu), peak=1024 * int(most), floor=1024 * int(floor))


def warn(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)
