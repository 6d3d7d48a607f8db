"""docs/benchmarks.md and its picture."""

import chart
import report

INTRODUCTION = """# Benchmarks

recapi against what people use today to re-export PFX files, on the same files, and against the floor: what the hash
chains, the ciphers and the proof that key and certificate belong together take by themselves. recapi verifies every
output with another library's reader; most of the others verify nothing. The tables and the picture are made by

    scripts/bench --docs --memory '' --scale 1000,8000,100000
"""


def kind(key):
    return "bound" if key == "floor" else "own" if key.startswith("recapi") else ""


def picture(result, files="windows"):
    """CPU time for files as Windows writes them, the slowest first; nothing where these were not measured."""
    times = next((row["cpuMilliseconds"] for row in result["summary"] if row["files"] == files), {})
    times = {key: value for key, value in times.items() if value}
    if not times:
        return []
    base = times.get("recapi")
    rows = [
        (result["contenders"][key]["name"], value,
         report.number(value) + (f" · {report.ratio(value / base)}" if base and key != "recapi" else ""), kind(key))
        for key, value in sorted(times.items(), key=lambda entry: -entry[1])
    ]
    return list(chart.bars(
        "CPU time to convert a PFX file",
        "As Windows exports it: 3DES, 2,000 iterations, RSA-2048. recapi's times include its verification.",
        "milliseconds a file, logarithmic", rows))


def write(result, folder):
    drawn = picture(result)
    lines = INTRODUCTION.splitlines()
    if drawn:
        (folder / "benchmarks.svg").write_text("\n".join(drawn) + "\n")
        lines += ["", "![CPU time a file, by program](benchmarks.svg)"]
    (folder / "benchmarks.md").write_text("\n".join([*lines, "", *report.markdown(result)]).rstrip() + "\n")
