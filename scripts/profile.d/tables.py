"""The shares as Markdown."""

import collections

import environment
import report
import stages
from costs import UNKNOWN


def percent(share):
    return f"{100 * share:.1f} %"


def sums(shares, field):
    total = collections.Counter()
    for share in shares:
        total[share[field]] += share["share"]
    return total


def row(result, name, share):
    return [name, percent(share), f"{share * result['total'] / result['files']:,.3f}"]


def by_stage(result):
    total = sums(result["shares"], "stage")
    order = [name for name, _ in stages.STAGES] + [UNKNOWN]
    yield from report.table(
        ["stage", "share", f"{result['unit']} a file"],
        (row(result, name, total[name]) for name in order if total[name] or name == UNKNOWN))
    unseen = [name for name in order if not total[name] and name != UNKNOWN]
    if unseen:
        yield ""
        yield (f"Nothing was seen of: {', '.join(unseen)}. Are its functions renamed, or inlined "
               "(`scripts/profile.d/stages.py`)?")


def by_kind(result):
    total = sums(result["shares"], "kind")
    ordered = sorted((name for name in total if name != UNKNOWN), key=lambda name: -total[name]) + [UNKNOWN]
    yield from report.table(
        ["kind of work", "share", f"{result['unit']} a file", "most of it in"],
        ([*row(result, name, total[name]), where(result, name)] for name in ordered))


def where(result, kind):
    """The stages with at least a quarter of a kind's cost."""
    total = collections.Counter()
    for share in result["shares"]:
        if share["kind"] == kind:
            total[share["stage"]] += share["share"]
    return ", ".join(f"{stage} ({percent(share / total.total())})" for stage, share in total.most_common()
                     if share >= total.total() / 4)


def verification(result):
    total = sums(result["shares"], "stage")
    verifying = sum(total[name] for name in stages.VERIFICATION)
    rest = 1 - verifying - total[stages.BEGINNING] - total[UNKNOWN]
    yield (f"Verification takes {percent(verifying)} of the run: {100 * verifying / rest:.0f} % of what the rest of "
           "the conversion takes (opening, sealing, writing, recording; without beginning and end).")


def markdown(result):
    options = f" ({result['options']})" if result["options"] else ""
    yield "## Where the time goes"
    yield ""
    yield (f"`recapi convert --jobs 1`{options} over {result['files']:,} files ({result['maker']}): "
           f"{result['total'] / result['files']:,.2f} {result['unit']} a file.")
    yield ""
    yield from by_stage(result)
    yield ""
    yield from verification(result)
    yield ""
    yield from by_kind(result)
    yield ""
    yield from result["notes"]
    yield ""
    yield from environment.lines(result["environment"])
