"""Kills `recapi run` at random moments, and fills its disk, and checks what the last run leaves.

A folder of sources is empty for one night as well. After each kill, everything under an output's name has to be in the journal or the manifest, and the journal's chain has
to hold. After the last run, each input has one output that openssl reads and one record, and nothing else is there.
"""

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recapi", required=True)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="recapi-resume-") as folder:
        site = Site(arguments.recapi, Path(folder) / "sample", arguments.files)
        kill(site, arguments.kills, chance)
        lose_sources(site)
        fill_disk(site)


class Site:
    """A sample with its pipeline, and one run's outputs."""

    def __init__(self, recapi, folder, count):
        self.recapi, self.folder = recapi, folder
        self.out = folder / "converted"
        per_site = (count + 1) // 2
        options = ["--site", "a", "--site", "b", "--count", str(per_site), "--keys", "8"]
        subprocess.run([recapi, "sample", folder, *options], check=True, stderr=subprocess.DEVNULL)
        self.sources = sorted(str(path) for path in folder.glob("[ab]/*.pfx"))

    def start(self):
        return subprocess.Popen(
            [self.recapi, "run", self.folder / "pipeline.json", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)

    def run(self):
        process = self.start()
        output, errors = process.communicate()
        return process.returncode, output, errors.decode()

    def output(self, source):
        return self.out / Path(source).relative_to(self.folder)

    def files(self):
        """What is under the output folder, without folders."""
        return {path for path in self.out.rglob("*") if not path.is_dir()}


def sha256(data):
    return hashlib.sha256(data).hexdigest().upper()


def require(condition, sentence):
    if not condition:
        sys.exit(f"test-resume: {sentence}")


# Kills

def kill(site, kills, chance):
    start = time.monotonic()
    require(site.run()[0] == 0, "the first run failed")
    whole = time.monotonic() - start
    check_end(site, converted=set(site.sources))
    done = rounds = leftovers = 0
    while done < kills:
        expected = prepare_round(site, rounds, chance)
        before = manifest_bytes(site)
        rounds += 1
        while True:
            process = site.start()
            try:
                process.communicate(timeout=chance.uniform(0, whole / 4) if done < kills else None)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
            if process.returncode == 0:
                break
            require(process.returncode == -signal.SIGKILL, f"a run ended with {process.returncode}")
            done += 1
            leftovers += check_between(site)
            if manifest_bytes(site) != before:
                # Killed when its manifest was written: it had done everything, and the next one finds it done.
                check_end(site, expected, journal_may_be_left=True)
                before, expected = manifest_bytes(site), None
        check_end(site, expected)
    print(f"{done} kills in {rounds} rounds of {len(site.sources)} files ({whole:.1f} s each when left alone), "
          f"{leftovers} temporary files left by them and swept: nothing lost, nothing twice")


def manifest_bytes(site):
    manifest = site.out / "manifest.json"
    return manifest.read_bytes() if manifest.exists() else None


def prepare_round(site, number, chance):
    """Every other round starts from nothing; the others from a finished run of which some things changed.

    Returns the sources that are to be converted in it.
    """
    if number % 2 == 0:
        shutil.rmtree(site.out)
        return set(site.sources)
    picked = chance.sample(site.sources, max(4, len(site.sources) // 2))
    half = len(picked) // 2
    for one, other in zip(picked[0:half:2], picked[1:half:2]):
        # Another certificate of the same site, as where one was renewed.
        if Path(one).parent == Path(other).parent:
            swap(one, other)
    changed = {source for source in picked[:half] if sha256(Path(source).read_bytes()) != recorded(site)[source]}
    for source in picked[half:]:
        site.output(source).unlink()
    return changed | set(picked[half:])


def swap(one, other):
    first, second = Path(one).read_bytes(), Path(other).read_bytes()
    Path(one).write_bytes(second)
    Path(other).write_bytes(first)


def recorded(site):
    items = json.loads((site.out / "manifest.json").read_bytes())["items"]
    return {item["source"]: item["sourceSHA256"] for item in items}


def check_between(site):
    """Returns how many temporary files there are."""
    known = {}
    manifest = site.out / "manifest.json"
    if manifest.exists():
        for item in json.loads(manifest.read_bytes())["items"]:
            known.setdefault(item.get("output"), set()).add(item.get("outputSHA256"))
    journal = site.out / "manifest.json.journal"
    if journal.exists():
        *lines, torn = journal.read_bytes().split(b"\n")
        for before, line in zip(lines, lines[1:]):
            require(json.loads(line)["previous"] == sha256(before), "the journal's chain does not hold")
        for line in lines:
            if item := json.loads(line).get("item"):
                known.setdefault(item.get("output"), set()).add(item.get("outputSHA256"))
    leftovers = 0
    for path in site.files() - {manifest, journal}:
        if re.fullmatch(r"\.recapi-[0-9a-f]+\.tmp", path.name):
            leftovers += 1
            continue
        name = str(path.relative_to(site.out))
        require(sha256(path.read_bytes()) in known.get(name, ()), f"{name} is under its name, and no run knows it")
    return leftovers


# The end

def check_end(site, converted, journal_may_be_left=False):
    """`converted` are the sources of the items that are to be recorded so; None where others may have been before."""
    manifest = json.loads((site.out / "manifest.json").read_bytes())
    items = manifest["items"]
    require([item["source"] for item in items] == site.sources, "there is not one record for each source")
    outputs = {site.output(source) for source in site.sources}
    surplus = site.files() - outputs - {site.out / "manifest.json"}
    if journal_may_be_left:
        surplus -= {site.out / "manifest.json.journal"}
    require(not surplus, f"more is there than should be: {surplus}")
    if converted is None:
        converted = {item["source"] for item in items if item["status"] == "converted"}
    for item in items:
        source, output = item["source"], site.output(item["source"])
        require(item["status"] == ("converted" if source in converted else "unchanged"), f"{source} is {item['status']}")
        require(item["sourceSHA256"] == sha256(Path(source).read_bytes()), f"{source} is not what is recorded")
        require(site.out / item["output"] == output, f"{source} has another output")
        require(item["outputSHA256"] == sha256(output.read_bytes()), f"{output} is not what is recorded")
    counts = manifest["summary"]
    require(counts["total"] == len(items) and counts["converted"] == len(converted), "the summary does not add up")
    require(manifest["itemsSHA256"] == chain(items), "the digest of the items is another")
    require(verify(site)["verified"] == len(items), "verify has not seen all outputs")
    for source in items[:: max(1, len(items) // 5)]:
        check_with_openssl(site, source)


def verify(site):
    verification = subprocess.run(
        [site.recapi, "verify", site.out / "manifest.json", "--password", f"file:{site.folder}/passwords/output", "--json"],
        capture_output=True)
    require(verification.returncode == 0, f"verify says no: {verification.stdout.decode()}")
    return json.loads(verification.stdout)


def chain(items, gone=()):
    digest = sha256(b"")
    for name, item in [("", item) for item in items] + [("itemsGone", item) for item in gone]:
        text = json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = sha256((digest + name + text).encode())
    return digest


def check_with_openssl(site, item):
    password = site.folder / "passwords" / "output"
    certificate = subprocess.run(
        ["openssl", "pkcs12", "-in", site.output(item["source"]), "-passin", f"file:{password}", "-nokeys", "-clcerts"],
        capture_output=True, check=True).stdout
    fingerprint = subprocess.run(
        ["openssl", "x509", "-noout", "-fingerprint", "-sha1"], input=certificate, capture_output=True, check=True).stdout
    require(
        fingerprint.decode().split("=")[1].strip().replace(":", "") == item["identities"][0]["thumbprint"],
        f"openssl sees another certificate in the output of {item['source']}")


# A folder that is not mounted

def lose_sources(site):
    """Two runs while a folder is empty, and one when it is back with some of its files changed."""
    before = {item["source"]: item["outputSHA256"] for item in json.loads(manifest_bytes(site))["items"]}
    mounted, elsewhere = site.folder / "b", site.folder / "elsewhere"
    mounted.rename(elsewhere)
    mounted.mkdir()
    lost = [source for source in site.sources if Path(source).parent == mounted]
    for _ in range(2):
        status, _, errors = site.run()
        require(status == 0 and "is it mounted?" in errors, f"a run without a folder ended with {status}: {errors}")
        manifest = json.loads(manifest_bytes(site))
        items, gone = manifest["items"], manifest["itemsGone"]
        require([item["source"] for item in gone] == lost, "other records than those of the folder were kept")
        require(len(items) + len(gone) == len(site.sources), "there is not one record for each source")
        require(all(item["outputSHA256"] == before[item["source"]] for item in gone), "records of outputs changed")
        require(manifest["itemsSHA256"] == chain(items, gone), "the digest of the items is another")
        verified = verify(site)
        require(verified["verified"] == len(site.sources) and verified["ofGoneSources"] == len(lost),
                "verify has not seen all outputs")
    mounted.rmdir()
    elsewhere.rename(mounted)
    one, other = lost[0], next(s for s in lost if sha256(Path(s).read_bytes()) != sha256(Path(lost[0]).read_bytes()))
    swap(one, other)
    require(site.run()[0] == 0, "the run after a folder was back failed")
    check_end(site, {one, other})
    require("itemsGone" not in json.loads(manifest_bytes(site)), "records are kept of sources that are back")
    print(f"a folder of {len(lost)} files that was empty for two runs: nothing lost, and what changed meanwhile was done")


# A full disk

def fill_disk(site):
    """Runs into a full disk time after time, each time with a little more room, until there is enough."""
    shutil.rmtree(site.out)
    site.out.mkdir(mode=0o700)
    # What the outputs (two pages each), the manifest and the journal take.
    enough = len(site.sources) * 16 + 1024
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={enough // 4}k", "tmpfs", site.out], capture_output=True)
    if mount.returncode != 0:
        print(f"skipped: runs on a full disk, for which a small tmpfs has to be mounted: {mount.stderr.decode().strip()}")
        return
    try:
        sizes = []
        for part in (0.25, 0.5, 0.75, 1):
            size = int(enough * part)
            subprocess.run(["mount", "-o", f"remount,size={size}k", site.out], check=True)
            status, _, errors = site.run()
            if status == 0:
                break
            require("No space left on device" in errors or status == 3, f"a run on a full disk ended with {status}: {errors}")
            check_between(site)
            sizes.append(f"{size} KiB")
        require(status == 0 and sizes, f"the last run ended with {status}: {errors}")
        items = json.loads((site.out / "manifest.json").read_bytes())["items"]
        check_end(site, {item["source"] for item in items if item["status"] == "converted"})
        print(f"a disk that was full at {', '.join(sizes)}, and then was not: nothing lost, nothing twice")
    finally:
        subprocess.run(["umount", site.out], check=True)


if __name__ == "__main__":
    main()
