"""Medians of what was measured, by sets of files."""

import statistics

from corpus import BASE

CPU, WALL = 0, 1


def rows(makers):
    """The rows: a label, and the makers whose files it is about."""
    base = [maker for maker in makers if not maker.extra]
    quick = [maker for maker in base if not maker.slow]
    if len(base) > 1:
        yield ("all" if base == BASE else "all of these"), base
        if len(quick) not in (0, len(base)):
            yield "all but 600,000", quick
    for maker in makers:
        yield maker.name, [maker]


def mean_over(measured, makers, value):
    """Seconds a file over the files of several makers, in each round, each maker weighed with how many it has; nothing
    where some of them could not be measured.
    """
    if any(maker.name not in measured for maker in makers):
        return []
    total = sum(maker.count for maker in makers)
    rounds = zip(*(measured[maker.name] for maker in makers))
    return [sum(maker.count * times[value] for maker, times in zip(makers, each)) / total for each in rounds]


def median(measured, label, makers, value):
    """Milliseconds a file, or nothing."""
    if label in measured:
        times = [times[value] for times in measured[label]]
    else:
        times = mean_over(measured, makers, value)
    return 1000 * statistics.median(times) if times else None


def summary(results, makers):
    """[{files, count, cpuMilliseconds: {contender's key: …}, wallMilliseconds: …}]"""
    return [
        {
            "files": label,
            "count": sum(maker.count for maker in chosen),
            **{
                name: {key: median(measured, label, chosen, value) for key, measured in results.seconds.items()}
                for name, value in (("cpuMilliseconds", CPU), ("wallMilliseconds", WALL))
            },
        }
        for label, chosen in rows(makers)
    ]
