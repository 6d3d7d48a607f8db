"""The driver of scripts/bench."""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import contenders
import makers
import measure
import report
import rounds

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).parent


def counts(text):
    return [int(part) for part in text.split(",") if part]


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures recapi against what people use today, on the same PFX files: CPU time a file against the "
        "manual procedure (two openssl commands), the same with a thumbprint check in shell, and Python's "
        "cryptography; and recapi's peak memory for growing numbers of files. Builds a release first. Writes a "
        "Markdown table to stdout. The 1,000 files, by seven programs, are made once, which takes a minute.")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured, in turn (default: 5)")
    parser.add_argument("--sample", type=int, default=8, metavar="N",
                        help="files of each maker that the slow contenders convert (default: 8)")
    parser.add_argument("--makers", metavar="NAME,…", help="only files of these makers: "
                        + ", ".join(maker.name for maker in makers.MAKERS))
    parser.add_argument("--memory", type=counts, default=[100, 1000, 10000], metavar="N,…",
                        help="numbers of files to measure peak memory for (default: 100,1000,10000; '' for none)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write everything measured to FILE as well")
    parser.add_argument("--recapi", type=pathlib.Path, default=ROOT / ".build/release/recapi", metavar="PATH",
                        help="the executable (default: the release build)")
    parser.add_argument("--without-recapi", action="store_true", help="only the others")
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / ".build/bench", metavar="FOLDER",
                        help="where the files are kept (default: .build/bench); remove it to have them made again")
    return parser.parse_args()


def made_files(cache):
    """The folder of the files, made first where there is none; a half-made one never has the final name."""
    final = cache / "corpus"
    if not final.exists():
        partial = rounds.fresh(cache / "corpus.partial")
        subprocess.run([sys.executable, HERE / "make_files.py", partial], check=True)
        partial.rename(final)
    return final


def main():
    options = arguments()
    chosen = [maker for maker in makers.MAKERS if not options.makers or maker.name in options.makers.split(",")]
    if not chosen:
        sys.exit("bench: no such maker")
    recapi = None if options.without_recapi else contenders.recapi(options.recapi.resolve())
    if recapi and not options.recapi.exists():
        sys.exit(f"bench: there is no {options.recapi}; build it, or say --without-recapi")
    corpus = made_files(options.cache.resolve())
    files, password, work = corpus / "files", corpus / "password", options.cache.resolve() / "work"
    several = [contenders.recapi(options.recapi.resolve(), "recapi, a job a processor", os.cpu_count())]
    compared = ([recapi] + several if recapi else []) + contenders.baselines()

    measured = rounds.measure_rounds(compared, chosen, files, password, work, options.rounds, options.sample)
    result = {
        "environment": report.environment(options.recapi if recapi else None),
        "roundCount": options.rounds,
        "sample": options.sample,
        "makers": {maker.name: {"count": maker.count, "writes": maker.writes} for maker in chosen},
        "rounds": measured,
        "summary": report.summary(measured, chosen),
    }
    if recapi and options.memory:
        result["peakBytes"] = rounds.peak_memory(recapi, chosen, files, password, work, options.memory)
    print("\n".join(report.markdown(result, chosen)))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


try:
    main()
except measure.CommandFailed as failure:
    sys.exit(f"bench: {failure}")
