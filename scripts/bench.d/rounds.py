"""Measures contenders against each other: interleaved rounds over the files of each maker."""

import dataclasses

import measure
from contenders import Job
from corpus import BASE

outputs_made = 0


def convert(contender, job, expected, measured=measure.run):
    """One run, measured; raises CommandFailed unless it exits 0 and every file has its output.

    Each run writes to a folder of its own, and all stay until everything is measured: for minutes after files went, ext4
    takes up to twice as long to make others, since it looks past the numbers of those that went.
    """
    global outputs_made
    outputs_made += 1
    job = dataclasses.replace(job, out=job.out / str(outputs_made))
    job.out.mkdir(parents=True)
    usage = measured(contender.command(job))
    outputs = [path for path in job.out.rglob("*") if path.suffix in (".pfx", ".p12")]
    if contender.has_outputs and len(outputs) != expected:
        raise measure.CommandFailed(f"{contender.name} made {len(outputs)} files of {expected} in {job.folder}")
    if contender.start:
        start = measure.run(contender.start(job))
        usage = dataclasses.replace(usage, cpu=usage.cpu - start.cpu, wall=usage.wall - start.wall)
    return usage


@dataclasses.dataclass
class Results:
    """CPU and wall seconds a file, in each round: {contender's key: {maker's name: [(cpu, wall)]}}.

    Among the makers of a contender that converts all files there is also "all", where all of the 1,000 are measured.
    `unable` has why a contender cannot convert the files of a maker, likewise.
    """
    seconds: dict
    unable: dict


def measure_rounds(contenders, makers, corpus, work, rounds):
    results = Results({contender.key: {} for contender in contenders}, {contender.key: {} for contender in contenders})
    for number in range(rounds):
        # Each round begins with another contender, so that none has the machine's best moments.
        turn = number % len(contenders)
        for contender in contenders[turn:] + contenders[:turn]:
            measure.warn(f"round {number + 1} of {rounds}: {contender.name}")
            for maker in makers:
                files = corpus.files(maker)[:contender.most]
                job = Job(corpus.folders[maker.name], files, maker.legacy, work / "out", corpus.password)
                take(results, contender, maker.name, job, len(files))
            if contender.most is None and all(maker in makers for maker in BASE):
                files = [file for maker in BASE for file in corpus.files(maker)]
                job = Job(corpus.all, files, False, work / "out", corpus.password)
                take(results, contender, "all", job, len(files))
    return results


def take(results, contender, label, job, count):
    """Measures one run, unless an earlier one has shown that the contender cannot do it."""
    if label in results.unable[contender.key]:
        return
    try:
        usage = convert(contender, job, count)
    except measure.CommandFailed as failure:
        if contender.key.startswith("recapi"):
            raise
        results.unable[contender.key][label] = str(failure).strip().splitlines()[-1]
        measure.warn(f"{contender.name} cannot convert the files of {label}: {results.unable[contender.key][label]}")
        return
    results.seconds[contender.key].setdefault(label, []).append((usage.cpu / count, usage.wall / count))
