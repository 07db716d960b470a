# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfig files: a cluster's own, and its context in the user's when that was asked for."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import yaml

from .._errors import LocalClusterError
from .._state import write_private
from .certificates import KeyPair


def make_kubeconfig(context: str, server: str, authority: Path, client: KeyPair) -> dict[str, Any]:
    """A kubeconfig with one context and everything inside, so that the file can be copied."""

    def inline(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode()

    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": {"server": server, "certificate-authority-data": inline(authority)}}],
        "users": [
            {"name": context, "user": {"client-certificate-data": inline(client.certificate), "client-key-data": inline(client.key)}}
        ],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        "current-context": context,
    }


def write_kubeconfig(path: Path, content: dict[str, Any]) -> None:
    """Write it, 0600."""
    write_private(path, yaml.safe_dump(content, sort_keys=False).encode())


def renamed(text: str, context: str) -> dict[str, Any]:
    """Another tool's kubeconfig with its current context, cluster and user named `context`, and nothing else in it."""
    try:
        content = yaml.safe_load(text)
        named = {section: {entry["name"]: entry for entry in content[section]} for section in ("contexts", "clusters", "users")}
        chosen = named["contexts"][content["current-context"]]["context"]
        cluster, user = named["clusters"][chosen["cluster"]]["cluster"], named["users"][chosen["user"]]["user"]
    except (KeyError, TypeError, yaml.YAMLError) as error:
        raise LocalClusterError(f"the provider's kubeconfig cannot be used: {error}") from error
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": cluster}],
        "users": [{"name": context, "user": user}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        "current-context": context,
    }


def server_of(path: Path) -> str:
    """The API server that a cluster's own kubeconfig names, "" when there is no such file."""
    if not path.is_file():
        return ""
    clusters = _read(path).get("clusters") or [{}]
    return str((clusters[0].get("cluster") or {}).get("server", ""))


def user_kubeconfig() -> Path:
    """The file that kubectl would write to: the first of $KUBECONFIG, else ~/.kube/config."""
    listed = [entry for entry in os.environ.get("KUBECONFIG", "").split(os.pathsep) if entry]
    return Path(listed[0]) if listed else Path(os.path.expanduser("~/.kube/config"))  # noqa: PTH111 - never raises


def merge_into(source: Path, target: Path) -> bool:
    """Add the entries of `source` to `target` under their names; True when that changed it. The target's current context stays
    if it has one. Raises LocalClusterError when the target is not a kubeconfig: it is then left alone.
    """
    ours, theirs = _read(source), _read(target) if target.is_file() else {"apiVersion": "v1", "kind": "Config"}
    merged = dict(theirs)
    for section in ("clusters", "users", "contexts"):
        named = {entry["name"]: entry for entry in [*(theirs.get(section) or []), *ours[section]]}
        merged[section] = list(named.values())
    merged["current-context"] = theirs.get("current-context") or ours["current-context"]
    return _replace(target, theirs, merged)


def remove_from(target: Path, context: str, server: str) -> bool:
    """Take out a context of ours; True when it was there. An entry of that name for another server is somebody else's and stays."""
    if not target.is_file():
        return False
    theirs = _read(target)
    found = [entry for entry in theirs.get("clusters") or [] if entry.get("name") == context]
    if not found or (found[0].get("cluster") or {}).get("server") != server:
        return False
    kept = dict(theirs)
    for section in ("clusters", "users", "contexts"):
        kept[section] = [entry for entry in theirs.get(section) or [] if entry.get("name") != context]
    if kept.get("current-context") == context:
        kept["current-context"] = ""
    return _replace(target, theirs, kept)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise LocalClusterError(f"cannot read this kubeconfig: {error}", where=str(path), hint="Mend or move the file.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise LocalClusterError("this is not a kubeconfig", where=str(path), hint="Mend or move the file.")
    return content


def _replace(target: Path, before: dict[str, Any], after: dict[str, Any]) -> bool:
    if before == after:
        return False
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(target.resolve(), yaml.safe_dump(after, sort_keys=False).encode())
    return True
