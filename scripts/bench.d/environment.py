"""What was measured on, and with what."""

import datetime
import os
import platform
import subprocess


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return None
    return ((done.stdout or done.stderr).strip().splitlines() or [None])[0]


def processor():
    with open("/proc/cpuinfo") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def environment(recapi):
    return {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "openssl": first_line("openssl", "version"),
        "gnutls": first_line("certtool", "--version"),
        "java": first_line("java", "-version"),
        "go": first_line("go", "version"),
        "cryptography": first_line("python3", "-c", "import cryptography; print(cryptography.__version__)"),
        "recapi": first_line(str(recapi), "--version") if recapi else None,
        "commit": first_line("git", "describe", "--always", "--dirty"),
        "load": os.getloadavg()[0],
    }


def lines(run):
    yield f"{run['processor']}, {run['cores']} cores, {run['system']}; {run['date']}."
    cryptography = run["cryptography"] and f"cryptography {run['cryptography']}"
    tools = [run["openssl"], run["gnutls"], run["java"], run["go"], cryptography]
    recapi = f"; recapi {run['recapi']} at {run['commit']}." if run["recapi"] else "."
    yield "; ".join(tool for tool in tools if tool) + recapi
