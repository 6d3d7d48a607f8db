"""One pipeline over a sample's inputs, and what has to be true of it in the end."""

import hashlib
import json
import shlex
import subprocess
import sys
from pathlib import Path


def require(condition, sentence):
    if not condition:
        sys.exit(f"test-cluster: {sentence}")


def make_sample(recapi, folder, count):
    """Three sites with a third of the files each."""
    options = [option for site in "abc" for option in ("--site", site)]
    subprocess.run(
        [recapi, "sample", folder, *options, "--count", str(count // 3), "--keys", "8"],
        check=True, stderr=subprocess.DEVNULL)
    return folder


class Campaign:
    """A folder of outputs of its own, so that each fault starts from nothing."""

    def __init__(self, recapi, sample, name):
        self.recapi, self.sample = recapi, sample
        self.folder = sample.parent / name
        self.out = self.folder / "out"
        self.folder.mkdir()
        pipeline = json.loads((sample / "pipeline.json").read_text())
        for part in pipeline["inputs"]:
            part["path"] = str(sample / part["path"])
            part["password"] = self._absolute(part["password"])
        pipeline["output"]["password"] = self._absolute(pipeline["output"]["password"])
        pipeline["output"]["directory"] = str(self.out)
        pipeline["jobs"] = 1
        self.pipeline = self.folder / "pipeline.json"
        self.pipeline.write_text(json.dumps(pipeline))
        self.sources = sorted(str(path) for path in sample.glob("[abc]/*.pfx"))

    def _absolute(self, source):
        return "file:" + str(self.sample / source.removeprefix("file:"))

    def shard_files(self, shard, suffix):
        return list((self.out / "manifest.shards").glob(f"{shard}-of-*{suffix}"))

    def recorded(self, shard):
        """How many lines a live attempt at a share has in its journal."""
        return max((path.read_bytes().count(b"\n") for path in self.shard_files(shard, ".journal")), default=0)

    def manifest(self):
        return json.loads((self.out / "manifest.json").read_text())

    def check(self):
        """Every input has one record and one output, the one that is recorded, and nothing else is there."""
        items = self.manifest()["items"]
        require([item["source"] for item in items] == self.sources, "the merged manifest does not have each input once")
        bad = [item for item in items if item["status"] == "failed"]
        require(not bad, f"{len(bad)} inputs have no output, such as {bad[:1]}")
        for item in items:
            digest = hashlib.sha256((self.out / item["output"]).read_bytes()).hexdigest().upper()
            require(digest == item["outputSHA256"], f"{item['output']} is not what is recorded")
        outputs = {self.out / item["output"] for item in items}
        require(len(outputs) == len(items), "two inputs have one output")
        others = {path for path in self.out.rglob("*") if path.is_file()} - outputs - {self.out / "manifest.json"}
        others = {path for path in others if path.parent.name != "manifest.shards" or path.suffix != ".json"}
        require(not others, f"{len(others)} files are left over, such as {sorted(map(str, others))[:3]}")
        for item in items[:: max(1, len(items) // 20)]:
            self._open(item)
        return sum(item["status"] == "converted" for item in items)

    def _open(self, item):
        """By OpenSSL: the certificate is the one that was there before."""
        prints = [
            subprocess.run(
                f"openssl pkcs12 -in {shlex.quote(str(path))} -passin 'file:{password}' -nokeys -clcerts "
                "| openssl x509 -noout -fingerprint -sha1",
                shell=True, check=True, capture_output=True).stdout
            for path, password in [
                (item["source"], self.sample / "passwords" / item["site"]),
                (self.out / item["output"], self.sample / "passwords/output"),
            ]
        ]
        require(prints[0] and prints[0] == prints[1], f"{item['output']} has another certificate than its source")
        thumbprint = prints[0].decode().strip().split("=")[1].replace(":", "")
        require(thumbprint == item["identities"][0]["thumbprint"], f"{item['output']} is recorded with another thumbprint")
