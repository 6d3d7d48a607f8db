"""What was measured, as Markdown for people and as JSON for programs."""

import os
import platform
import statistics
import subprocess

from rounds import mean_over, median_cpu


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
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "openssl": first_line("openssl", "version"),
        "cryptography": first_line("python3", "-c", "import cryptography; print(cryptography.__version__)"),
        "recapi": first_line(str(recapi), "--version") if recapi else None,
    }


def rows(makers):
    """The rows of the table: a label, and the makers whose files it is about."""
    quick = [maker for maker in makers if not maker.slow]
    if len(quick) not in (0, len(makers)):
        yield "all", makers
        yield "all but those of 600,000 iterations", quick
    elif len(makers) > 1:
        yield "all", makers
    for maker in makers:
        yield maker.name, [maker]


def summary(results, makers):
    """Medians in CPU milliseconds a file: [{files, count, cpuMilliseconds: {contender: …}}]."""
    table = []
    for label, chosen in rows(makers):
        medians = {}
        for contender, measured in results.items():
            if chosen == makers and "all" in measured:
                medians[contender] = 1000 * median_cpu(measured["all"])
            else:
                medians[contender] = 1000 * statistics.median(mean_over(measured, chosen))
        table.append({"files": label, "count": sum(maker.count for maker in chosen), "cpuMilliseconds": medians})
    return table


def cell(value, base):
    text = f"{value:.2f}" if value < 10 else f"{value:.1f}"
    return f"{text} ({value / base:.1f}×)" if base else text


def markdown(report, makers):
    run = report["environment"]
    contenders = list(report["rounds"])
    base = "recapi" if "recapi" in contenders else None
    yield f"{run['processor']}, {run['cores']} cores; {run['openssl']}; cryptography {run['cryptography']}"
    yield ""
    yield "CPU milliseconds a file, user and system, children included" + (
        "; in brackets, how many times recapi's." if base else ".")
    yield ""
    yield "| files | how many | " + " | ".join(contenders) + " |"
    yield "|---|--:|" + "--:|" * len(contenders)
    for row in report["summary"]:
        medians = row["cpuMilliseconds"]
        cells = [cell(medians[name], medians[base] if base and name != base else None) for name in contenders]
        yield f"| {row['files']} | {row['count']:,} | " + " | ".join(cells) + " |"
    yield ""
    yield f"Medians over {report['roundCount']} interleaved rounds."
    if base:
        yield "recapi converts and verifies every file; its start is counted."
    yield (f"The others convert the first {report['sample']} files of each maker, their start (of bash, of Python) not "
           "counted; rows of several makers weigh each with its number of files.")
    if base and "all" in report["rounds"][base]:
        for name in (name for name in contenders if name.startswith(base)):
            wall = statistics.median(wall for _, wall in report["rounds"][name]["all"])
            yield f"{name} took {1000 * wall:.2f} ms of wall time a file: {1 / wall:,.0f} files a second."
    yield ""
    for maker in makers:
        yield f"- {maker.name}: {maker.writes}"
    yield from memory(report)


def memory(report):
    peaks = report.get("peakBytes")
    if not peaks:
        return
    yield ""
    yield "| files | recapi's peak memory, MiB |"
    yield "|--:|--:|"
    for count, measured in peaks.items():
        yield f"| {int(count):,} | {statistics.median(peak for peak, _ in measured) / 2**20:.1f} |"
    yield ""
    floor = max(floor for measured in peaks.values() for _, floor in measured)
    yield f"Resident set; less than {floor / 2**20:.1f} could not have been seen."
