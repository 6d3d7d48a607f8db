"""What was measured, as Markdown."""

import statistics

import environment

# What recapi is to be, with its verification: as CPU of another over its own, for files as Windows writes them.
AIMS = [("manual-checked", 40), ("manual", 12), ("c", 3)]
FLOOR_AIM = 1.5


def number(value):
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}"


def ratio(value):
    return f"{value:.2f}×" if value < 10 else f"{value:.0f}×"


def table(header, rows):
    yield "| " + " | ".join(header) + " |"
    yield "|---|" + "--:|" * (len(header) - 1)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def cell(value, base):
    if value is None:
        return "cannot"
    return f"{number(value)} ({ratio(value / base)})" if base else number(value)


def comparison(report, value):
    """A table with a row for each contender, and a column for each set of files."""
    names = report["contenders"]
    base = "recapi" if "recapi" in names else None
    columns = report["summary"]

    def row(key):
        cells = [cell(column[value][key], column[value][base] if base and key != base else None) for column in columns]
        return [names[key]["name"], *cells]
    yield from table(["", *(f"{column['files']}<br>{column['count']:,}" for column in columns)], map(row, names))


def aims(report):
    """How far recapi is from what it is to be, for files as Windows writes them."""
    times = next((row["cpuMilliseconds"] for row in report["summary"] if row["files"] == "windows"), {})
    if times.get("recapi") is None:
        return
    own = times["recapi"]
    rows = [
        [report["contenders"][key]["name"], number(times[key]), ratio(times[key] / own), f"at least {aim}×"]
        for key, aim in AIMS if times.get(key) is not None
    ]
    if times.get("floor") is not None:
        taken = f"recapi takes {ratio(own / times['floor'])} of it"
        rows.append(["floor", number(times["floor"]), taken, f"at most {FLOOR_AIM}×"])
    if rows:
        yield ("Files as Windows exports them (3DES, 2,000 iterations, RSA-2048): recapi takes "
               f"{number(own)} ms of CPU time a file.")
        yield ""
        yield from table(["", "CPU ms a file", "against recapi", "aim"], rows)


def how(report):
    yield f"Medians over {report['roundCount']} rounds, in which the contenders take turns. Times are of processes and"
    yield "of all their children. recapi converts and verifies every file of a set, its start counted; the others convert"
    yield "as many as is said below, their start (of bash, of Python) not counted, but that of every program they start"
    yield "for a file; columns of several makers weigh each with its number of files. `cannot`: it fails on these files."
    yield ""
    for contender in report["contenders"].values():
        most = f" ({contender['most']} files of each set)" if contender["most"] else ""
        yield f"- {contender['name']}: {contender['note']}{most}."
    for key, reasons in report["unable"].items():
        for files, reason in reasons.items():
            if files != "all":
                yield f"- {report['contenders'][key]['name']} cannot convert {files}: `{reason.split(': ', 1)[-1]}`"
    yield ""
    for name, maker in report["makers"].items():
        yield f"- {name}: {maker['writes']}; {maker['count']} files."


def memory(report):
    peaks = report.get("peakBytes")
    if not peaks:
        return
    yield from table(["files", "recapi's peak memory, MiB"], (
        [f"{int(count):,}", f"{statistics.median(peak for peak, _ in measured) / 2**20:.1f}"]
        for count, measured in peaks.items()))
    yield ""
    floor = max(floor for measured in peaks.values() for _, floor in measured)
    yield f"Resident set; less than {floor / 2**20:.1f} could not have been seen."


def scale(report):
    rows = report.get("scale")
    if not rows:
        return
    yield from table(
        ["files in one run", "CPU ms a file", "wall ms a file", "peak MiB", "2 workers: CPU", "wall", "peak MiB",
         "1 → 2 workers", "1 → 2 processors"],
        ([f"{row['files']:,}", number(row["cpuMilliseconds"]), number(row["wallMilliseconds"]),
          f"{row['peakBytes'] / 2**20:.1f}", number(row["twoWorkers"]["cpuMilliseconds"]),
          number(row["twoWorkers"]["wallMilliseconds"]), f"{row['twoWorkers']['peakBytes'] / 2**20:.1f}",
          f"{row['speedup']:.2f}×", f"{row['processorSpeedup']:.2f}×"] for row in rows))
    yield ""
    rounds = (f"{row['rounds']} rounds of {row['files']:,}" for row in rows)
    yield f"Hard links to the 1,000 files (but those of 600,000 iterations); medians over {', '.join(rounds)}."
    for row in rows[1:]:
        cpu, wall = (100 * (row[value] / rows[0][value] - 1) for value in ("cpuMilliseconds", "wallMilliseconds"))
        yield (f"Against a file of {rows[0]['files']:,}, one of {row['files']:,} takes {cpu:+.1f} % of CPU time and "
               f"{wall:+.1f} % of wall time.")
    two = rows[-1]["twoWorkers"]
    yield (f"Reading and recording go on beside the workers: in the last row one worker kept {processors(rows[-1])} "
           f"processors busy, two {processors(two)}. The last column is of two workers on all processors against one with "
           "everything else of the run on one.")


def processors(row):
    """How many were busy, of which there are as many as `How measured` says."""
    return f"{row['cpuMilliseconds'] / row['wallMilliseconds']:.2f}"


def sections(report):
    """Titles and lines of what there is to say."""
    base = "; in brackets, how many times recapi's" if "recapi" in report["contenders"] else ""
    yield "CPU time", [f"Milliseconds a file, user and system{base}.", "", *comparison(report, "cpuMilliseconds")]
    yield "Wall time", [f"Milliseconds a file{base}.", "", *comparison(report, "wallMilliseconds")]
    yield "Aims", list(aims(report))
    yield "Scale", list(scale(report))
    yield "Memory", list(memory(report))
    yield "How measured", [*environment.lines(report["environment"]), "", *how(report)]


def markdown(report):
    for title, lines in sections(report):
        if lines:
            yield from [f"## {title}", "", *lines, ""]
