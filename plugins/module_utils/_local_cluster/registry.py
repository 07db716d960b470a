# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A registry for this machine and the nodes of its native clusters: images are pushed to `localhost:PORT`, and pods pull them by that name.

It is a process of the user that listens on the loopback address and on the links to the clusters' nodes, and answers nobody else.
A node finds it by a hosts.toml of its containerd (https://github.com/containerd/containerd/blob/main/docs/hosts.md).
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from .._errors import LocalClusterError, RoroError
from .._state import lock_within, state_directory, write_private
from .layout import LOOPBACK
from .network import ClusterNetwork
from .node import CERTS
from .parts import Part, Parts, ThisMachine
from .paths import ClusterDirectory, cluster_directory, known_clusters
from .record import read_record
from .spec import Progress
from .tools import CLUSTER_TOOLS
from .waiting import wait_until

PORT = 5001
START_SECONDS = 20.0
LOCK_SECONDS = 60.0
_PART = "registry"


@dataclass(frozen=True)
class RegistryStatus:
    """state: running, stopped (it keeps its images) or absent. name: what images begin with. clusters: that pull from it. user: "" where
    nobody has to log in."""

    state: str
    name: str = ""
    clusters: tuple[str, ...] = ()
    user: str = ""
    changed: bool = False

    def as_record(self) -> dict[str, object]:
        """For `-o json`."""
        return {**asdict(self), "clusters": list(self.clusters)}


def up(progress: Progress, port: int | None = None, user: str = "", password: str = "") -> RegistryStatus:
    """Start it, or connect clusters that are new. port: None for the one it had, else 5001. user: a login that is asked for from then on,
    with this password; "" leaves it as it is. Raises LocalClusterError."""
    tool = CLUSTER_TOOLS.ensure("registry", progress)
    with _locked() as directory:
        directory.make()
        before = _read(directory)
        wanted: dict[str, Any] = {"port": port or before.get("port") or PORT, "user": user or before.get("user", "")}
        write_private(directory.record, json.dumps(wanted).encode())
        if user:
            write_private(directory.etc / "htpasswd", _hashed(tool / "registry", user, password))
        clusters = _networks()
        write_private(directory.etc / "registry.yaml", yaml.safe_dump(_configuration(directory, bool(wanted["user"]))).encode())
        parts = Parts(directory, ThisMachine(), progress)
        part = _part(directory, tool / "registry", wanted["port"], clusters, with_login=bool(wanted["user"]))
        changed = parts.ensure(part, "registry")
        if not wait_until(lambda: _answers(wanted["port"]), START_SECONDS, parts.check):
            raise parts.failure(_PART, "does not answer")
        for name, network in clusters.items():
            changed |= _connect(name, network, wanted["port"])
        return RegistryStatus("running", _name(wanted), tuple(clusters), wanted["user"], changed)


def down(progress: Progress) -> bool:
    """End it and remove what it holds; True when there was something."""
    with _locked() as directory:
        found = _read(directory)
        for name in known_clusters():
            if found:
                shutil.rmtree(cluster_directory(name).etc / CERTS / _name(found), ignore_errors=True)
        Parts(directory, ThisMachine(), progress).stop_part(_PART)
        for path in directory.path.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        return bool(found)


def status() -> RegistryStatus:
    """How it is."""
    directory = _directory()
    found = _read(directory)
    if not found:
        return RegistryStatus("absent")
    state = Parts(directory, ThisMachine(), lambda phase, message: None).states([_PART])[_PART]
    connected = [name for name in _networks() if (cluster_directory(name).etc / CERTS / _name(found)).is_dir()]
    return RegistryStatus(state, _name(found), tuple(connected), str(found.get("user", "")))


def connect_cluster(progress: Progress) -> None:
    """Connect a cluster that was just made, where the registry runs. What goes wrong is told: the cluster is good without."""
    if status().state == "running":
        try:
            up(progress)
        except RoroError as error:
            progress("registry", f"not connected: {error.problems[0].message}; `roro registry up` tries again")


def _directory() -> ClusterDirectory:
    return ClusterDirectory(state_directory("registry"))


@contextmanager
def _locked() -> Iterator[ClusterDirectory]:
    directory = _directory()
    with (state_directory() / "registry.lock").open("w") as handle:
        if not lock_within(handle.fileno(), LOCK_SECONDS):
            raise LocalClusterError("another run is at work on the registry", hint="Wait for it, then run again.")
        yield directory


def _read(directory: ClusterDirectory) -> dict[str, Any]:
    try:
        found = json.loads(directory.record.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _name(record: dict[str, Any]) -> str:
    return f"localhost:{record['port']}"


def _networks() -> dict[str, ClusterNetwork]:
    """The native clusters with a real node, whose links are there and whose containerd looks for registries in their folder."""
    found = {}
    for name in known_clusters():
        record = read_record(cluster_directory(name))
        if record is not None and record.network is not None:
            network = ClusterNetwork(record.network)
            if Path(f"/sys/class/net/{network.unit}").exists() and _looks_there(name):
                found[name] = network
    return found


def _looks_there(cluster: str) -> bool:
    """A cluster that an older roro made does not; its next `cluster up` mends that."""
    try:
        return f"/{CERTS}:" in (cluster_directory(cluster).etc / "containerd.toml").read_text()
    except OSError:
        return False


def _part(directory: ClusterDirectory, command: Path, port: int, clusters: dict[str, ClusterNetwork], *, with_login: bool) -> Part:
    hosts = [LOOPBACK, *(str(network.host) for network in clusters.values())]
    allowed = ["127.0.0.0/8", *(str(network.link) for network in clusters.values())]
    words = [word for host in hosts for word in ("-listen", f"{host}:{port}")]
    words += [word for network in allowed for word in ("-allow", network)]
    configuration = directory.etc / "registry.yaml"
    files = (configuration, *([directory.etc / "htpasswd"] if with_login else []))
    return Part(_PART, (str(command), "-config", str(configuration), *words), {"OTEL_TRACES_EXPORTER": "none"}, files)


def _configuration(directory: ClusterDirectory, with_login: bool) -> dict[str, object]:
    """https://distribution.github.io/distribution/about/configuration/."""
    found: dict[str, object] = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(directory.node)},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": {"addr": f"{LOOPBACK}:0"},
    }
    if with_login:
        found["auth"] = {"htpasswd": {"realm": "roro", "path": str(directory.etc / "htpasswd")}}
    return found


def _hashed(command: Path, user: str, password: str) -> bytes:
    if ":" in user or not user.isprintable():
        raise LocalClusterError(f"{user!r} cannot be a user of a registry", hint="A name without colons.")
    done = subprocess.run([command, "-hash"], input=password.encode(), capture_output=True, check=False, timeout=60)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise LocalClusterError(f"the password cannot be kept: {said}", hint="bcrypt takes at most 72 bytes.")
    return f"{user}:".encode() + done.stdout + b"\n"


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), 1.0):
            return True
    except OSError:
        return False


def _connect(cluster: str, network: ClusterNetwork, port: int) -> bool:
    """Tell the node's containerd where `localhost:PORT` is, which would be the node itself; True when it did not know."""
    etc = cluster_directory(cluster).etc
    file = etc / CERTS / f"localhost:{port}" / "hosts.toml"
    address = f"http://{network.host}:{port}"
    text = f'server = "{address}"\n\n[host."{address}"]\n  capabilities = ["pull", "resolve"]\n'.encode()
    if file.is_file() and file.read_bytes() == text:
        return False
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(file, text)
    return True
