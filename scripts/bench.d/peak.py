"""Runs a command and writes what it took to a descriptor: peak.py FD COMMAND WORD...

Its peak memory in KiB, the least that could have been seen, CPU and wall seconds. The kernel counts for a process what
its parent had in memory when it was started, so that a command's peak shows only above its parent's: this parent is as
small as Python can be (run it with -I -S).
"""

import os
import sys
import time

begin = time.monotonic()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(pid, 0)
wall = time.monotonic() - begin
with open("/proc/self/status") as lines:
    floor = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
os.write(int(sys.argv[1]), b"%d %d %f %f" % (used.ru_maxrss, floor, used.ru_utime + used.ru_stime, wall))
os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
