"""recapi over growing numbers of files in one run: time a file, peak memory, and what a second worker brings."""

import os
import statistics

import measure
from contenders import Job, on_one_processor
from rounds import convert


def linked(sources, count, target):
    """A folder of `count` hard links to the sources, each under a name of its own."""
    if target.exists():
        return target
    target.mkdir(parents=True)
    for number in range(count):
        os.link(sources[number % len(sources)], target / f"{number:06}.pfx")
    return target


def quick_files(makers, corpus):
    return [path for maker in makers if not maker.slow and not maker.extra for path in corpus.files(maker)]


def measured(contender, makers, corpus, work, count, rounds):
    """Usages of runs over `count` files."""
    inputs = linked(quick_files(makers, corpus), count, work / f"linked-{count}")
    job = Job(inputs, [], False, work / "out", corpus.password)
    usages = []
    for _ in range(rounds):
        measure.warn(f"{contender.name} over {count:,} files")
        usages.append(convert(contender, job, count, measure.with_peak))
    return usages


def peak_memory(contender, makers, corpus, work, counts):
    """Peak memory, and the least that could have been seen, in bytes: {count: [(peak, floor)]}."""
    return {
        count: [(usage.peak, usage.floor)
                for usage in measured(contender, makers, corpus, work, count, 3 if count <= 1000 else 1)]
        for count in counts
    }


def scales(one, two, makers, corpus, work, counts, rounds):
    """What one worker and two take, and one on one processor, medians: [{files, rounds, cpuMilliseconds, …}], times a file.

    Rounds take turns, so that both see the same machine; of more than 10,000 files there is one.
    """
    pinned, rows = on_one_processor(one), []
    for count in counts:
        turns = rounds if count <= 10_000 else 1
        usages = {one.key: [], two.key: [], pinned.key: []}
        for number in range(turns):
            for contender in ((one, two, pinned), (pinned, two, one))[number % 2]:
                usages[contender.key] += measured(contender, makers, corpus, work, count, 1)

        def median(contender, value):
            return statistics.median(map(value, usages[contender.key]))
        rows.append({
            "files": count,
            "rounds": turns,
            "cpuMilliseconds": 1000 * median(one, lambda usage: usage.cpu) / count,
            "wallMilliseconds": 1000 * median(one, lambda usage: usage.wall) / count,
            "peakBytes": median(one, lambda usage: usage.peak),
            "twoWorkers": {
                "cpuMilliseconds": 1000 * median(two, lambda usage: usage.cpu) / count,
                "wallMilliseconds": 1000 * median(two, lambda usage: usage.wall) / count,
                "peakBytes": median(two, lambda usage: usage.peak),
            },
            "speedup": median(one, lambda usage: usage.wall) / median(two, lambda usage: usage.wall),
            "processorSpeedup": median(pinned, lambda usage: usage.wall) / median(two, lambda usage: usage.wall),
        })
    return rows
