"""Runs a command under the system call filter of a systemd unit, without new privileges and without memory that is both
written and executed, as the unit's service would run: systemd itself need not be running.

usage: confined.py UNIT COMMAND...
"""

import ctypes
import os
import re
import subprocess
import sys

import seccomp

PR_SET_NO_NEW_PRIVS = 38
PR_SET_MDWE = 65


def calls(name):
    """The system calls of a name in SystemCallFilter=, groups taken apart by systemd."""
    if not name.startswith("@"):
        return {name}
    text = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True).stdout
    words = [line.strip() for line in text.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*(calls(word) for word in words))


def allowed(unit):
    result = set()
    for value in re.findall(r"^SystemCallFilter=(.*)$", unit, flags=re.M):
        names = set().union(*(calls(name) for name in value.lstrip("~").split()))
        result = result - names if value.startswith("~") else result | names
    return result | calls("@default")


def main():
    unit = open(sys.argv[1], encoding="utf-8").read()
    names = allowed(unit)
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        sys.exit("confined.py: no_new_privs is not there")
    if "MemoryDenyWriteExecute=yes" in unit and library.prctl(PR_SET_MDWE, 1, 0, 0, 0) != 0:
        print("confined.py: this kernel has no PR_SET_MDWE (Linux 6.3); that is left untried", file=sys.stderr)
    confinement = seccomp.SyscallFilter(seccomp.ERRNO(1))
    for name in sorted(names):
        try:
            confinement.add_rule(seccomp.ALLOW, name)
        except (RuntimeError, OSError):
            pass  # A system call that this libseccomp or this architecture does not know.
    confinement.load()
    os.execvp(sys.argv[2], sys.argv[2:])


main()
