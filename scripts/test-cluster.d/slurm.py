"""A Slurm of three nodes on one host, and what can happen to it. Its times are those of a test, not of a cluster."""

import os
import re
import signal
import subprocess
from pathlib import Path

from processes import kill, processes, wait_until

CONFIGURATION = """\
ClusterName=test
SlurmctldHost=cluster(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=1000,sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=30
MessageTimeout=5
KillWait=3
MinJobAge=600
JobRequeue=1
RequeueExit=75
MailProg=/bin/true
SlurmdParameters=config_overrides
DebugFlags=NO_CONF_HASH
"""
NODES = ["n1", "n2", "n3"]
# More than the host has, so that all shares of two attempts run at once.
PROCESSORS = 4


class Slurm:
    def __init__(self, folder, recapi):
        self.folder = folder
        self.environment = {
            "PATH": f"{Path(recapi).parent}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
            "SLURM_CONF": str(folder / "slurm.conf"),
        }
        for name in ["state", "munge", *(f"spool/{node}" for node in NODES)]:
            (folder / name).mkdir(parents=True, mode=0o755)
        text = CONFIGURATION.format(folder=folder)
        for number, node in enumerate(NODES):
            text += f"NodeName={node} NodeHostname=cluster NodeAddr=127.0.0.1 Port={17001 + number} CPUs={PROCESSORS}\n"
        text += "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n"
        (folder / "slurm.conf").write_text(text)

    def start(self):
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        self._run(
            "munged", f"--socket={self.folder}/munge/socket", f"--key-file={key}", f"--pid-file={self.folder}/munge/pid",
            f"--log-file={self.folder}/munge/log", f"--seed-file={self.folder}/munge/seed", "--num-threads=2")
        self.start_controller("-c")
        for node in NODES:
            self.start_node(node)
        self.wait_for_nodes()

    def start_controller(self, *options):
        self._run("slurmctld", *options)

    def start_node(self, node):
        self._run("slurmd", "-N", node)

    def wait_for_nodes(self):
        wait_until(
            "idle nodes", lambda: self._run("sinfo", "-h", "-t", "idle", "-o", "%D").strip() == str(len(NODES)))

    def stop_controller(self):
        number = int((self.folder / "slurmctld.pid").read_text())
        os.kill(number, signal.SIGTERM)
        wait_until("the controller's end", lambda: not self._lives(number))

    def crash_node(self, node):
        """At once and without a word, as a machine that loses its power."""
        mine = [number for number, _, _, environment in processes() if environment.get("SLURMD_NODENAME") == node]
        parents = [parent for number, _, parent, _ in processes() if number in mine]
        steps = [number for number, name, _, _ in processes() if name == "slurmstepd" and number in parents]
        kill([int((self.folder / f"slurmd.{node}.pid").read_text()), *steps, *mine])

    def submit(self, recipes, campaign, shards, which=None, *options):
        """By the recipe; gives the jobs of the array and of the merge."""
        words = [recipes / "recapi-submit", campaign.pipeline, str(shards), which or f"0-{shards - 1}", *options]
        return re.findall(r"job (\d+)", self._run(*map(str, words)))

    def running(self, job):
        """The shares of an array that run, by node."""
        lines = self._run("squeue", "-h", "-r", "-j", job, "-t", "RUNNING", "-o", "%K %N", check=False).splitlines()
        return {node: int(share) for share, node in map(str.split, lines)}

    def wait_for(self, *jobs, seconds=180):
        wait_until(
            f"the end of the jobs {jobs}",
            lambda: not self._run("squeue", "-h", "-j", ",".join(jobs), check=True).strip(), seconds)

    def restarts(self, job):
        return sum(map(int, re.findall(r"Restarts=(\d+)", self._run("scontrol", "-o", "show", "job", job))))

    def exit_code(self, job):
        return int(re.search(r"ExitCode=(\d+)", self._run("scontrol", "-o", "show", "job", job)).group(1))

    def _lives(self, number):
        return any(process == number and name == "slurmctld" for process, name, _, _ in processes())

    def _run(self, *words, check=True):
        result = subprocess.run(words, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if check and result.returncode != 0:
            raise SystemExit(f"test-cluster: {' '.join(words)} ended with {result.returncode}: {result.stderr.strip()}")
        return result.stdout
