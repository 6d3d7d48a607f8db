"""Two machines that ssh reaches, which are this one under two addresses, each with a daemon of its own."""

import subprocess

from processes import kill, processes, wait_until

HOSTS = {"w1": "127.0.0.1", "w2": "127.0.0.2"}


class Machines:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(mode=0o700)
        for name in ["host", "user"]:
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        (folder / "authorized").write_text((folder / "user.pub").read_text())
        key = " ".join((folder / "host.pub").read_text().split()[:2])
        (folder / "known").write_text("".join(f"[{address}]:2222 {key}\n" for address in HOSTS.values()))
        (folder / "ssh_config").write_text("".join(
            f"Host {name}\n HostName {address}\n Port 2222\n User root\n IdentityFile {folder}/user\n BatchMode yes\n"
            f" UserKnownHostsFile {folder}/known\n ServerAliveInterval 2\n ServerAliveCountMax 3\n"
            for name, address in HOSTS.items()))
        self.login_file = folder / "hosts"
        self.login_file.write_text("".join(f"2//usr/bin/ssh -F {folder}/ssh_config {name}\n" for name in HOSTS))

    def start(self, name):
        (self.folder / f"sshd_{name}").write_text(
            f"Port 2222\nListenAddress {HOSTS[name]}\nHostKey {self.folder}/host\nAuthorizedKeysFile {self.folder}/authorized\n"
            f"PidFile {self.folder}/{name}.pid\nUsePAM no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n"
            "StrictModes no\n")
        subprocess.run(["/usr/sbin/sshd", "-f", self.folder / f"sshd_{name}"], check=True)
        wait_until("sshd", (self.folder / f"{name}.pid").exists)

    def crash(self, name):
        """The daemon, its sessions, and all that they have started; gives how many converters were among them."""
        daemon = int((self.folder / f"{name}.pid").read_text())
        address = HOSTS[name]
        started = {
            number: name for number, name, _, environment in processes()
            if environment.get("SSH_CONNECTION", "").split()[2:3] == [address]
        }
        parents = {number: parent for number, _, parent, _ in processes()}
        sessions = [number for number in parents if number != daemon and self._descends(number, daemon, parents)]
        kill([daemon, *sessions, *started])
        return list(started.values()).count("recapi")

    @staticmethod
    def _descends(number, ancestor, parents):
        while number in parents and number != ancestor:
            number = parents[number]
        return number == ancestor
