"""Runs shares on Slurm and over ssh, has things die, and checks what is left; see scripts/test-cluster."""

import argparse
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from campaign import Campaign, make_sample, require
from processes import converters, kill, wait_until
from slurm import NODES, PROCESSORS, Slurm
from ssh import Machines

SHARDS = 6
RECIPES = Path(__file__).resolve().parents[2] / "share"


class Bench:
    """What all faults have in common."""

    def __init__(self, recapi, folder, count):
        self.recapi, self.folder = recapi, folder
        self.sample = make_sample(recapi, folder / "sample", count)
        self.slurm = Slurm(folder / "slurm", recapi)

    def campaign(self, name):
        return Campaign(self.recapi, self.sample, name)

    def submit(self, campaign, which=None, *options):
        return self.slurm.submit(RECIPES / "slurm", campaign, SHARDS, which, *options)

    def wait_for_progress(self, campaign, job):
        """A node, and the share that runs there and has come some way and is not done."""
        def some():
            for node, shard in self.slurm.running(job).items():
                if campaign.recorded(shard) > 20:
                    return node, shard
        return wait_until("a share in the middle of its work", some)


# Faults

def quiet(bench):
    """Nothing happens: on one node, then on two, a share at a time on each."""
    times = {}
    for count in [1, 2]:
        campaign = bench.campaign(f"quiet-{count}")
        start = time.monotonic()
        others = ",".join(NODES[count:])
        jobs = bench.submit(campaign, None, f"--exclude={others}", f"--cpus-per-task={PROCESSORS}")
        bench.slurm.wait_for(*jobs)
        times[count] = time.monotonic() - start
        require(campaign.check() == len(campaign.sources), "not all were converted")
        require(bench.slurm.exit_code(jobs[1]) == 0, "the merge did not end with 0")
    return f"1 node {times[1]:.1f} s, 2 nodes {times[2]:.1f} s: {times[1] / times[2]:.2f} times as fast"


def node(bench):
    """A node is lost in the middle of a share."""
    campaign = bench.campaign("node")
    array, merge = bench.submit(campaign)
    lost, shard = bench.wait_for_progress(campaign, array)
    bench.slurm.crash_node(lost)
    bench.slurm.wait_for(array, merge)
    restarts = bench.slurm.restarts(array)
    require(restarts > 0, "no share was started again")
    bench.slurm.start_node(lost)
    bench.slurm.wait_for_nodes()
    return f"{lost} lost in share {shard}, {restarts} starts again, {campaign.check()} converted"


def converter(bench):
    """A converter is killed: Slurm takes that for final, and the merge names the share."""
    # Paths of people who do not think of shells, nor of sbatch's %A.
    campaign = bench.campaign("100% %A 'odd' {1} $HOME")
    array, merge = bench.submit(campaign)
    _, shard = bench.wait_for_progress(campaign, array)
    victims = converters(SLURM_ARRAY_JOB_ID=array, SLURM_ARRAY_TASK_ID=str(shard))
    kill(victims)
    bench.slurm.wait_for(array, merge)
    require(len(victims) == 1 and bench.slurm.exit_code(merge) == 3, "the merge did not end with 3")
    log = (campaign.folder / f"recapi-merge-{merge}.log").read_text()
    named = re.search(r"^run again: --shard (.*)$", log, re.MULTILINE)
    require(named and named.group(1) == f"{shard}/{SHARDS}", f"the merge does not name share {shard}: {log}")
    missing = sum(item["status"] == "failed" for item in campaign.manifest()["items"])
    bench.slurm.wait_for(*bench.submit(campaign, str(shard)))
    return f"share {shard} killed, {missing} named as missing, {campaign.check()} converted after it was run again"


def interruption(bench):
    """A converter is told to stop: it ends with 75, and is started again."""
    campaign = bench.campaign("interruption")
    array, merge = bench.submit(campaign)
    _, shard = bench.wait_for_progress(campaign, array)
    kill(converters(SLURM_ARRAY_JOB_ID=array, SLURM_ARRAY_TASK_ID=str(shard)), signal.SIGTERM)
    bench.slurm.wait_for(array, merge)
    restarts = bench.slurm.restarts(array)
    require(restarts == 1, f"{restarts} shares were started again, and one was interrupted")
    return f"share {shard} interrupted and started again, {campaign.check()} converted"


def twice(bench):
    """Two attempts at every share at once, whose outputs differ by their salts: the first wins."""
    campaign = bench.campaign("twice")
    both = [bench.submit(campaign) for _ in range(2)]
    most = 0
    while True:
        running = [len(converters(SLURM_ARRAY_JOB_ID=array)) for array, _ in both]
        most = max(most, min(running))
        if most > 2 and not any(running):
            break
        time.sleep(0.05)
    for jobs in both:
        bench.slurm.wait_for(*jobs)
    logs = [path.read_text() for path in campaign.folder.glob("recapi-[0-9]*_*.log")]
    counts = [tuple(map(int, re.search(r": (\d+) converted, (\d+) unchanged, (\d+) failed$", log, re.MULTILINE).groups()))
              for log in logs]
    converted, unchanged, failed = map(sum, zip(*counts))
    campaign.check()
    count = len(campaign.sources)
    require(len(logs) == 2 * SHARDS and failed == 0, "an attempt failed")
    require(converted == unchanged == count, f"{converted} were converted and {unchanged} found, of {count} each")
    for _, merge in both:
        code = bench.slurm.exit_code(merge)
        log = (campaign.folder / f"recapi-merge-{merge}.log").read_text()
        require(code in [0, 3], f"a merge ended with {code}: {log}")
    return f"at least {most} of {SHARDS} shares at once in both, {converted} converted by one, {unchanged} verified by the other"


def controller(bench):
    """The controller is restarted while shares run."""
    campaign = bench.campaign("controller")
    array, merge = bench.submit(campaign)
    bench.wait_for_progress(campaign, array)
    bench.slurm.stop_controller()
    time.sleep(3)
    bench.slurm.start_controller()
    bench.slurm.wait_for(array, merge)
    return f"{campaign.check()} converted"


def parallel(bench):
    """GNU Parallel over ssh, and one of two machines is lost."""
    bench.sample = make_sample(bench.recapi, bench.folder / "small", max(3, len(bench.campaign("count").sources) // 5))
    campaign = bench.campaign("parallel")
    machines = Machines(bench.folder / "ssh")
    for name in ["w1", "w2"]:
        machines.start(name)
    words = [RECIPES / "parallel/recapi-parallel", campaign.pipeline, "4", machines.login_file]
    environment = {**os.environ, "RECAPI": bench.recapi, "HOME": str(machines.folder)}
    process = subprocess.Popen(
        words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_until("work in the middle", lambda: any(campaign.recorded(shard) > 20 for shard in range(4)))
    lost = machines.crash("w1")
    output, _ = process.communicate(timeout=120)
    require(process.returncode == 0, f"recapi-parallel ended with {process.returncode}: {output}")
    machines.crash("w2")
    require(lost > 0, "the machine was idle when it was lost")
    return f"a machine lost with {lost} shares, {campaign.check()} converted"


def shells(bench):
    """GNU Parallel where the login shell is not like sh, and paths are odd; and numbers of shares that are none."""
    bench.sample = make_sample(bench.recapi, bench.folder / "few", 30)
    campaign = bench.campaign("100% 'odd' {1} $HOME")
    hosts = bench.folder / "here"
    hosts.write_text("2/:\n")
    words = [RECIPES / "parallel/recapi-parallel", campaign.pipeline, "3", hosts]
    environment = {**os.environ, "RECAPI": bench.recapi, "PARALLEL_SHELL": "/usr/bin/zsh"}
    result = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    require(result.returncode == 0, f"recapi-parallel ended with {result.returncode}: {result.stderr}")
    converted = campaign.check()
    for number in ["0", "x", "-1", "1.5", "01", ""]:
        for recipe in ["parallel/recapi-parallel", "slurm/recapi-submit"]:
            result = subprocess.run([RECIPES / recipe, campaign.pipeline, number, hosts], capture_output=True)
            require(result.returncode == 64, f"{recipe} with {number!r} shares ended with {result.returncode}")
    return f"{converted} converted, numbers of shares that are none refused"


FAULTS = [quiet, node, converter, interruption, twice, controller, parallel, shells]


def main():
    parser = argparse.ArgumentParser(prog="test-cluster", description=__doc__)
    parser.add_argument("--recapi", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--files", type=int, default=3000, help="how many, a multiple of 3 (default: 3000)")
    parser.add_argument("--only", nargs="+", choices=[fault.__name__ for fault in FAULTS], help="some of the faults")
    arguments = parser.parse_args()
    start = time.monotonic()
    bench = Bench(arguments.recapi, arguments.folder, arguments.files)
    bench.slurm.start()
    print(f"{arguments.files} files in {SHARDS} shares; Slurm is up after {time.monotonic() - start:.1f} s", flush=True)
    for fault in FAULTS:
        if arguments.only and fault.__name__ not in arguments.only:
            continue
        begin = time.monotonic()
        print(f"{fault.__name__}: {fault(bench)} ({time.monotonic() - begin:.1f} s)", flush=True)
    print(f"nothing was lost and nothing made twice ({time.monotonic() - start:.0f} s)")


main()
