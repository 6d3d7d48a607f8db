"""The driver of scripts/profile."""

import argparse
import json
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Files, commands and the description of the machine are those of scripts/bench.
sys.path.append(str(ROOT / "scripts/bench.d"))

import callgrind  # noqa: E402
import contenders  # noqa: E402
import corpus  # noqa: E402
import environment  # noqa: E402
import makers  # noqa: E402
import perf  # noqa: E402
import scale  # noqa: E402
import tables  # noqa: E402


def arguments():
    names = [maker.name for maker in makers.MAKERS]
    parser = argparse.ArgumentParser(
        prog="scripts/profile",
        description="Says where the CPU time of a run goes, by stage and by kind of work, as Markdown: perf samples "
        "the stacks of one run of `recapi convert` with one job. Where the kernel lets nobody sample, callgrind counts "
        "instructions instead. Builds a release first.")
    parser.add_argument("files", type=int, nargs="?", default=1000, help="how many to convert (default: 1000)")
    parser.add_argument("--maker", choices=names, default="windows",
                        help="whose, as scripts/bench has them (default: windows)")
    parser.add_argument("--options", default="", metavar="WORDS", help="further options of recapi convert, such as "
                        "'--provider openssl'")
    parser.add_argument("--with", dest="way", choices=["perf", "callgrind"], help="default: the better of what works")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the shares to FILE as well")
    parser.add_argument("--recapi", type=pathlib.Path, default=ROOT / ".build/release/recapi", metavar="PATH",
                        help="the executable (default: the release build)")
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / ".build/bench", metavar="FOLDER",
                        help="where the files of scripts/bench are kept (default: .build/bench)")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def way(asked):
    """The module to profile with."""
    if asked:
        return {"perf": perf, "callgrind": callgrind}[asked]
    missing = perf.missing()
    if not missing:
        return perf
    print(f"profile: {missing}; counting instructions with callgrind instead", file=sys.stderr)
    return callgrind


def main():
    options = arguments()
    if options.check:
        return
    chosen = way(options.way)
    missing = chosen.missing()
    if missing:
        sys.exit(f"profile: {missing}")
    recapi = options.recapi.resolve()
    if not recapi.exists():
        sys.exit(f"profile: there is no {recapi}")
    maker = next(maker for maker in makers.MAKERS if maker.name == options.maker)
    files = corpus.corpus(options.cache.resolve(), [maker])
    work = corpus.fresh(options.cache.resolve() / "profile")
    folder = scale.linked(files.files(maker), options.files, work / "files")
    job = contenders.Job(folder, [], maker.legacy, work / "out", files.password)
    command = contenders.recapi(recapi, options=options.options.split()).command(job)
    costs = chosen.measured([str(word) for word in command], work)
    shutil.rmtree(work)
    result = {
        "environment": environment.environment(recapi), "files": options.files, "maker": maker.writes,
        "options": options.options, "unit": costs.unit, "total": costs.total,
        "shares": [{"stage": stage, "kind": kind, "share": share} for (stage, kind), share in costs.shares()],
        "notes": costs.notes,
    }
    print("\n".join(tables.markdown(result)))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


main()
