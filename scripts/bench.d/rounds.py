"""Measures contenders against each other: interleaved rounds over the files of each maker, and recapi's peak memory."""

import dataclasses
import os
import pathlib
import shutil
import statistics

import measure
from contenders import Job


def makers_files(files, maker):
    return sorted((files / maker.name).iterdir())


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


outputs_made = 0


def convert(contender, job, expected, measured=measure.run):
    """One run, measured; raises CommandFailed unless it exits 0 and every file has its output.

    Each run writes to a folder of its own, and all go at the end: file systems are slow for a while after a removal.
    """
    global outputs_made
    outputs_made += 1
    job = dataclasses.replace(job, out=fresh(job.out / str(outputs_made)))
    usage = measured(contender.command(job))
    outputs = [path for path in job.out.rglob("*") if path.suffix in (".pfx", ".p12")]
    if len(outputs) != expected:
        raise measure.CommandFailed(f"{contender.name} made {len(outputs)} files of {expected} in {job.folder}")
    return usage


def less_start(contender, job, usage):
    """Without what a run over no files costs: over a few files it would weigh more than it does over a thousand."""
    start = measure.run(contender.command(dataclasses.replace(job, files=[])))
    return dataclasses.replace(usage, cpu=usage.cpu - start.cpu, wall=usage.wall - start.wall)


def measure_rounds(contenders, makers, files, password, work, rounds, sample):
    """CPU and wall seconds a file, in each round: {contender: {maker: [(cpu, wall)]}}.

    Among the makers of a contender that converts all files there is also "all", where that is what is measured.
    """
    everything = {maker.name for maker in makers} == {folder.name for folder in files.iterdir()}
    results = {contender.name: {maker.name: [] for maker in makers} for contender in contenders}
    for number in range(rounds):
        # Each round begins with another contender, so that none has the machine's best moments.
        turn = number % len(contenders)
        for contender in contenders[turn:] + contenders[:turn]:
            measure.warn(f"round {number + 1} of {rounds}: {contender.name}")
            for maker in makers:
                chosen = makers_files(files, maker)
                if contender.sampled:
                    chosen = chosen[:sample]
                job = Job(files / maker.name, chosen, maker.legacy, work / "out", password)
                usage = convert(contender, job, len(chosen))
                if contender.sampled:
                    usage = less_start(contender, job, usage)
                results[contender.name][maker.name].append((usage.cpu / len(chosen), usage.wall / len(chosen)))
            if everything and not contender.sampled:
                count = sum(maker.count for maker in makers)
                usage = convert(contender, Job(files, [], False, work / "out", password), count)
                results[contender.name].setdefault("all", []).append((usage.cpu / count, usage.wall / count))
    shutil.rmtree(work / "out", ignore_errors=True)
    return results


def mean_over(results, makers):
    """CPU seconds a file over the files of several makers, in each round, each maker weighed with how many it has."""
    total = sum(maker.count for maker in makers)
    rounds = zip(*(results[maker.name] for maker in makers))
    return [sum(maker.count * cpu for maker, (cpu, _) in zip(makers, each)) / total for each in rounds]


def median_cpu(measured):
    return statistics.median(cpu for cpu, _ in measured)


def link_files(sources, count, target):
    """Fills a folder with `count` hard links to the sources, each under a name of its own."""
    fresh(target)
    for number in range(count):
        os.link(sources[number % len(sources)], target / f"{number:05}.pfx")
    return target


def peak_memory(contender, makers, files, password, work, counts):
    """Peak memory, and the least that could have been seen, of runs over so many files, in bytes:
    {count: [(peak, floor)]}.
    """
    sources = [path for maker in makers if not maker.slow for path in makers_files(files, maker)]
    peaks = {}
    for count in counts:
        measure.warn(f"peak memory of {contender.name} for {count} files")
        folder = link_files(sources, count, pathlib.Path(work, "linked"))
        job = Job(folder, [], False, work / "out", password)
        peaks[count] = [convert(contender, job, count, measure.peak) for _ in range(3 if count <= 1000 else 1)]
    shutil.rmtree(work, ignore_errors=True)
    return peaks
