"""Waiting, and processes by what is in their environment; in a process namespace of our own nobody else has any."""

import os
import signal
import sys
import time
from pathlib import Path


def wait_until(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    sys.exit(f"test-cluster: {what} did not come within {seconds} s")


def processes():
    """Of each process its number, name, parent and environment."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            name, rest = (path / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
            environment = (path / "environ").read_bytes().split(b"\0")
            yield int(path.name), name, int(rest.split()[1]), {
                key.decode(): value.decode(errors="replace")
                for key, _, value in (entry.partition(b"=") for entry in environment) if key
            }
        except (OSError, IndexError, ValueError):
            continue


def converters(**variables):
    """The recapi processes that have these variables."""
    return [
        number for number, name, _, environment in processes()
        if name == "recapi" and all(environment.get(key) == value for key, value in variables.items())
    ]


def kill(numbers, number=signal.SIGKILL):
    for process in numbers:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass
