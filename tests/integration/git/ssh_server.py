"""A real OpenSSH server of the test's own, on a port of its own, for the user who runs the test."""

from __future__ import annotations

import fcntl
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest


def sshd() -> str:
    """The server's program; installed where it is missing and this is root on Debian."""
    for _ in range(2):
        found = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        if found:
            return found
        if os.getuid() != 0 or not shutil.which("apt-get"):
            break
        with (Path(tempfile.gettempdir()) / "roro-test-sshd.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
            words = ["apt-get", "-o", "DPkg::Lock::Timeout=120", "install", "-y", "-qq", "--no-install-recommends", "openssh-server"]
            subprocess.run(words, env=environment, check=False, capture_output=True)
    pytest.fail("sshd is missing: apt install openssh-server", pytrace=False)


def make_key(path: Path, passphrase: str = "", kind: str = "ed25519") -> Path:
    """A new key pair; the private half is at `path`."""
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", str(path)], check=True)
    return path


def fingerprint(public: Path) -> str:
    """`SHA256:...` of a public key."""
    return subprocess.run(["ssh-keygen", "-l", "-f", str(public)], check=True, capture_output=True, text=True).stdout.split()[1]


class SshServer:
    """sshd that lets the keys in `authorized` in. host: the address to listen at, where others than this machine ask. A context manager."""

    def __init__(self, folder: Path, port: int = 0, host: str = "") -> None:
        self.folder, self.listens, self.name = folder, host or "127.0.0.1", host or "localhost"
        folder.mkdir(mode=0o700, exist_ok=True)
        self.authorized = folder / "authorized_keys"
        self.authorized.touch(mode=0o600)
        self.host_key = folder / "host_key"
        if not self.host_key.exists():
            make_key(self.host_key)
        self.port = port or _free_port(self.listens)
        self.user = getpass.getuser()

    def authorize(self, key: Path) -> None:
        """Let the owner of a key in."""
        with self.authorized.open("a") as file:
            file.write(key.with_name(f"{key.name}.pub").read_text())

    def change_host_key(self) -> None:
        """The server shows another key from its next start on."""
        self.host_key.unlink()
        make_key(self.host_key)

    @property
    def fingerprint(self) -> str:
        """Of its host key."""
        return fingerprint(self.host_key.with_name("host_key.pub"))

    @property
    def known_host(self) -> str:
        """The line for a file of known hosts."""
        return f"[{self.name}]:{self.port} {self.host_key.with_name('host_key.pub').read_text().strip()}\n"

    def url(self, path: Path) -> str:
        """The address of a repository on this machine, through the server."""
        return f"ssh://{self.user}@{self.name}:{self.port}{path}"

    def __enter__(self) -> SshServer:
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        settings = {
            "Port": self.port,
            "ListenAddress": self.listens,
            "HostKey": self.host_key,
            "AuthorizedKeysFile": self.authorized,
            "PidFile": "none",
            "UsePAM": "no",
            "StrictModes": "no",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "PermitRootLogin": "prohibit-password",
            "AcceptEnv": "GIT_PROTOCOL",
        }
        configuration = self.folder / "sshd_config"
        configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        self.log = self.folder / "log"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([sshd(), "-D", "-e", "-f", str(configuration)], stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not _answers(self.listens, self.port):
            assert self._process.poll() is None and time.monotonic() < deadline, self.log.read_text()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


def _free_port(host: str) -> int:
    with socket.socket() as listener:
        listener.bind((host, 0))
        port: int = listener.getsockname()[1]
        return port


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), 1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
