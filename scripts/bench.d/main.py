"""The driver of scripts/bench."""

import argparse
import json
import pathlib
import shutil
import sys

import contenders
import docs
import environment
import makers
import measure
import programs
import report
import rounds
import scale
import summary
from corpus import corpus, fresh

ROOT = pathlib.Path(__file__).resolve().parents[2]


def counts(text):
    return [int(part) for part in text.split(",") if part]


def names(known):
    def parse(text):
        chosen = [part for part in text.split(",") if part]
        unknown = [part for part in chosen if part not in known]
        if unknown or not chosen:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown) or 'nothing'}: there are {', '.join(known)}")
        return [name for name in known if name in chosen]
    return parse


def arguments():
    maker_names = [maker.name for maker in makers.MAKERS]
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures recapi against what people use today, on the same PFX files: CPU and wall time a file, "
        "against the manual procedure (two openssl commands) with and without a thumbprint check and under GNU "
        "parallel, certtool, keytool, Python's cryptography, Go's go-pkcs12, a C program, and the least that this CPU "
        "could do it in; and recapi's peak memory for growing numbers of files. Builds a release first. Writes "
        "Markdown to stdout. The 1,000 files, by seven programs, and the sets beside them are made once, which takes "
        "a minute or two.")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured, in turn (default: 5)")
    parser.add_argument("--sample", type=int, default=8, metavar="N",
                        help="files of each maker that slow contenders convert, the slowest a quarter (default: 8)")
    parser.add_argument("--contenders", type=names(contenders.KEYS), default=contenders.KEYS, metavar="NAME,…",
                        help="only these: " + ", ".join(contenders.KEYS))
    parser.add_argument("--makers", type=names(maker_names), default=maker_names, metavar="NAME,…",
                        help="only files of these makers: " + ", ".join(maker_names))
    parser.add_argument("--memory", type=counts, default=[100, 1000, 10000], metavar="N,…",
                        help="numbers of files to measure peak memory for (default: 100,1000,10000; '' for none)")
    parser.add_argument("--scale", type=counts, default=[], metavar="N,…",
                        help="numbers of files for time a file, peak memory, and 1 worker against 2 (default: none)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write everything measured to FILE as well")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md and docs/benchmarks.svg as well")
    parser.add_argument("--from-json", type=pathlib.Path, metavar="FILE",
                        help="measure nothing: report what an earlier run wrote with --json")
    parser.add_argument("--recapi", type=pathlib.Path, default=ROOT / ".build/release/recapi", metavar="PATH",
                        help="the executable (default: the release build)")
    parser.add_argument("--without-recapi", action="store_true", help="only the others")
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / ".build/bench", metavar="FOLDER",
                        help="where the files are kept (default: .build/bench); remove it to have them made again")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def compared(options, cache):
    """The chosen contenders, compiled where they have to be."""
    everybody = [] if options.without_recapi else contenders.recapis(options.recapi.resolve())
    everybody += contenders.baselines(options.sample, max(1, options.sample // 4))
    folder = cache / "programs"
    everybody += contenders.compiled(programs.made(folder, options.contenders), programs.floor_keys(folder))
    return [contender for contender in everybody if contender.key in options.contenders]


def measured(options):
    recapi = None if options.without_recapi else options.recapi.resolve()
    if recapi and not recapi.exists():
        sys.exit(f"bench: there is no {recapi}; build it, or say --without-recapi")
    cache = options.cache.resolve()
    chosen = [maker for maker in makers.MAKERS if maker.name in options.makers]
    files = corpus(cache, chosen)
    competing, work = compared(options, cache), fresh(cache / "work")
    run = environment.environment(recapi)
    results = rounds.measure_rounds(competing, chosen, files, work, options.rounds)
    result = {
        "environment": run,
        "roundCount": options.rounds,
        "sample": options.sample,
        "contenders": {each.key: {"name": each.name, "note": each.note, "most": each.most} for each in competing},
        "makers": {maker.name: {"count": maker.count, "writes": maker.writes} for maker in chosen},
        "rounds": results.seconds,
        "unable": results.unable,
        "summary": summary.summary(results, chosen),
    }
    if recapi:
        one, two = (contenders.recapi(recapi, f"recapi-{jobs}", f"recapi with {jobs} job(s)", jobs) for jobs in (1, 2))
        result["scale"] = scale.scales(one, two, chosen, files, work, options.scale, options.rounds)
        result["peakBytes"] = scale.peak_memory(one, chosen, files, work, options.memory)
    shutil.rmtree(work)
    return result


def main():
    options = arguments()
    if options.check:
        return
    result = json.loads(options.from_json.read_text()) if options.from_json else measured(options)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    print("\n".join(report.markdown(result)))
    if options.docs:
        docs.write(result, ROOT / "docs")


try:
    main()
except measure.CommandFailed as failure:
    sys.exit(f"bench: {failure}")
