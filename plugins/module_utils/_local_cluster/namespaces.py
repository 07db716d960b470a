# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node: one process that holds a set of kernel namespaces (network, mounts, processes), in which all parts of a cluster run.

As with a container, everything that runs or is mounted inside ends with that process, and the kernel sees to it: so `down` leaves
nothing, whatever a crash left half done (namespaces(7), pid_namespaces(7)).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .._errors import LocalClusterError
from .._state import write_private
from .commands import environment
from .paths import NODE_TOOLS_VIEW, NODE_VIEW, ClusterDirectory, role_files, tools_directory
from .processes import ProcessFile, ProcessIdentity, end_all, identify, only_child, start, stop
from .waiting import wait_until

START_SECONDS = 20.0
LOOPBACK = ("127.", "::1", "localhost")
UNSHARE = ["unshare", "--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc", "--propagation", "slave"]
ENTER = ["--net", "--mount", "--pid", "--ipc", "--uts", "--wd=/", "--"]
SCRIPT = "node.sh"
RESOLV_FILES = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))


def nameservers() -> list[str]:
    """The machine's name servers that can be reached from another network namespace: not those on the loopback address."""
    for path in RESOLV_FILES:
        try:
            lines = path.read_text().splitlines()
        except OSError:
            continue
        found = [words[1] for words in (line.split() for line in lines) if len(words) > 1 and words[0] == "nameserver"]
        usable = [server for server in found if not server.startswith(LOOPBACK)]
        if usable:
            return usable
    return []


class NodeNamespace:
    """The namespaces of one cluster's node."""

    def __init__(self, directory: ClusterDirectory, hostname: str) -> None:
        self._directory = directory
        self._hostname = hostname
        self._file = ProcessFile(directory.run / "node.json")

    @property
    def identity(self) -> ProcessIdentity | None:
        """The first process of the node, None when the node does not run."""
        return self._file.alive()

    def ensure(self) -> bool:
        """Start the node if it does not run; True when it had to be."""
        if self.identity is not None and (self._directory.run / "node.ready").is_file():
            return False
        self.end()
        script = role_files() / SCRIPT
        servers = "".join(f"nameserver {server}\n" for server in nameservers())
        write_private(self._directory.etc / "resolv.conf", servers.encode())
        log = self._directory.logs / "node.log"
        words = ["sh", str(script), str(self._directory.path), str(tools_directory()), self._hostname]
        parent = start([*UNSHARE, "--", *words], log)
        self._remember(parent, log)
        return True

    def _remember(self, parent: subprocess.Popen[bytes], log: Path) -> None:
        """Keep the identity of the namespace's first process, which is unshare's child."""
        child: int | None = None

        def ready() -> bool:
            nonlocal child
            if child is None and (child := only_child(parent.pid)) is not None and (known := identify(child)) is not None:
                self._file.write(known, "")
            return parent.poll() is not None or (self._directory.run / "node.ready").is_file()

        if not wait_until(ready, START_SECONDS) or parent.poll() is not None:
            said = " ".join(log.read_text(errors="replace").splitlines()[-4:])
            self.end()
            raise LocalClusterError(
                f"the node's namespaces could not be made: {said or 'no answer'}",
                where=str(log),
                hint="Root with the capability SYS_ADMIN is needed; --simulated 3 --only-simulated needs neither.",
            )

    def enter(self, argv: Sequence[str]) -> list[str]:
        """The command that runs `argv` inside the node."""
        identity = self.identity
        if identity is None:
            raise LocalClusterError("the node does not run", hint="Run `roro cluster up` again: it repairs what is missing.")
        return ["nsenter", "--target", str(identity.pid), *ENTER, *argv]

    def start(self, argv: Sequence[str], log: Path, env: dict[str, str]) -> ProcessIdentity | None:
        """Start a part inside; its identity, or None when it ended at once.

        nsenter waits for its child, which is the part. It is ended once the part runs, which then is a child of the node's first process.
        """
        helper = start(self.enter(argv), log, env)
        child: int | None = None

        def running() -> bool:
            nonlocal child
            child = only_child(helper.pid)
            return (child is not None and _executable(child) != _executable(helper.pid)) or helper.poll() is not None

        wait_until(running, START_SECONDS)
        identity = identify(child) if child is not None else None
        helper.kill()
        helper.wait()
        return identity

    def end(self) -> bool:
        """End the node and all that runs in it; True when it ran."""
        identity = self.identity
        if identity is not None:
            stop(identity, grace=0)
        end_all(self._is_first)
        (self._directory.run / "node.ready").unlink(missing_ok=True)
        self._file.path.unlink(missing_ok=True)
        return identity is not None

    def _is_first(self, argv: list[str]) -> bool:
        """Whether it is the command line of this node's first process or of its parent. A killed run may not have kept the identity."""
        return str(self._directory.path) in argv and any(Path(word).name == SCRIPT for word in argv) and argv[0] in ("sh", "unshare")


def _executable(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 - the link's text, also when the file was replaced
    except OSError:
        return None


def view(path: Path, directory: ClusterDirectory) -> Path:
    """Where the node sees a file of the cluster's directory or of the tool cache."""
    if path.is_relative_to(directory.path):
        return NODE_VIEW / path.relative_to(directory.path)
    return NODE_TOOLS_VIEW / path.relative_to(tools_directory())


def plain_environment() -> dict[str, str]:
    """Variables for processes inside: the node's own commands first, no way to the person's kubeconfig, and none of the person's
    folders, which are not there: containerd writes what it runs in a container to XDG_RUNTIME_DIR first."""
    nowhere = {"KUBECONFIG": "", "XDG_RUNTIME_DIR": ""}
    return {"PATH": f"{NODE_VIEW}/bin:{environment()['PATH']}", "HOME": "/var/lib", "TMPDIR": "/tmp", **nowhere}  # noqa: S108
