# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a workspace comes from, read from the disk: its Git remote, else an identity that is kept with it.

Checkouts of one repository are one origin, whatever the protocol, the user, the branch or the directory: the address is
`git.url` of workspace.json, else the remote `origin` of the checkout. Without any, a random id is kept in `.roro/id` of the
workspace, or in the repository's own data, so that it moves with the directory. The same folder of the same machine is the same
workspace as well, also when a new copy replaced it. Git is not run: see gitrepository-layout(5), and machine-id(5) for the machine.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .._model import Workspace
from .._release.data.workspace_origin import NOT_WRITTEN, WorkspaceOrigin, folder_words

ID_FILE = Path(".roro") / "id"
_SCP = re.compile(r"^(?:[^@/\s]+@)?(?P<host>[^:/\s]{2,}):(?!//)(?P<path>.+)$")
_REMOTE = re.compile(r'^\[remote "(?P<name>[^"]+)"\]$')
_URL = re.compile(r'^url\s*=\s*"?(?P<url>[^"]+?)"?$')
_ID = re.compile(r"^[0-9a-f]{32}$")
_MACHINE_IDS = ("/etc/machine-id", "/var/lib/dbus/machine-id")


@dataclass(frozen=True)
class _Checkout:
    """top: the directory that holds `.git`. data: of the repository, shared by its worktrees."""

    top: Path
    data: Path


def workspace_origin(workspace: Workspace, *, remember: bool) -> WorkspaceOrigin:
    """The origin of the workspace. remember: write an id where nothing else tells workspaces apart; where that is not possible, the
    directory itself has to do. Never raises."""
    root = workspace.root
    checkout = _checkout(root)
    folder = f"#{root.relative_to(checkout.top).as_posix()}".removesuffix(".") if checkout else ""
    addresses = [normalised(str(workspace.git.get("url") or ""), root)]
    if checkout is not None:
        addresses.append(_followed(_remote(checkout.data), checkout.top))
    keys = [f"git:{address}{folder}" for address in dict.fromkeys(addresses) if address]
    places = [(root / ID_FILE, "")] if checkout is None else [(checkout.data / "roro-id", folder), (root / ID_FILE, "")]
    keys += [f"{known}{below}" for path, below in places if (known := _read_id(path))]
    if not keys:
        path, below = places[0]
        written = _write_id(path) if remember else NOT_WRITTEN if _can_be_written(path) else None
        keys = [written if written == NOT_WRITTEN else f"{written}{below}" if written else f"directory:{root}"]
    here = folder_words(str(root), socket.gethostname(), _machine())
    return WorkspaceOrigin(keys[0], _place(keys[0], here), tuple(keys[1:]), here)


def normalised(address: str, base: Path) -> str:
    """`git@git.example:team/shop.git` and `https://user:word@git.example/team/shop` both as `git.example/team/shop`; a directory as its
    path, relative to `base`. Never holds a user, a password or a token."""
    text = address.strip()
    if not text:
        return ""
    scp = _SCP.match(text)
    if scp is not None:
        return _joined(scp["host"], scp["path"])
    try:
        parts = urlsplit(text)
        if parts.scheme and parts.hostname:
            return _joined(parts.hostname, parts.path)
    except ValueError:
        return ""
    path = parts.path if parts.scheme == "file" else text
    return str((base / path).resolve()).removesuffix(".git").rstrip("/")


def _joined(host: str, path: str) -> str:
    return f"{host.lower()}/{path.strip('/').removesuffix('.git').rstrip('/')}"


def _checkout(root: Path) -> _Checkout | None:
    for top in (root, *root.parents):
        data = top / ".git"
        try:
            if data.is_file():
                data = (top / data.read_text().partition("gitdir:")[2].strip()).resolve()
            if not (data / "HEAD").is_file():
                continue
            shared = data / "commondir"
            return _Checkout(top, (data / shared.read_text().strip()).resolve() if shared.is_file() else data)
        except (OSError, ValueError):
            continue
    return None


def _remote(data: Path) -> str:
    """The address of the remote `origin`, else of the first by name; "" without any."""
    found: dict[str, str] = {}
    name = ""
    for line in _text(data / "config").splitlines():
        text = line.strip()
        if text.startswith("["):
            section = _REMOTE.match(text)
            name = section["name"] if section else ""
        elif name and (url := _URL.match(text)):
            found.setdefault(name, url["url"])
    return found.get("origin") or next((found[name] for name in sorted(found)), "")


def _followed(address: str, top: Path) -> str:
    """A clone of a directory on this machine (as AWX makes for every job) is what that directory is a clone of."""
    local = normalised(address, top)
    if not local.startswith("/"):
        return local
    for directory in (Path(local), Path(f"{local}.git")):
        for data in (directory / ".git", directory):
            further = normalised(_remote(data), directory) if (data / "HEAD").is_file() else ""
            if further:
                return further
    return local


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _read_id(path: Path) -> str | None:
    text = _text(path).strip()
    return f"id:{text}" if _ID.match(text) else None


def _write_id(path: Path) -> str | None:
    """Of two runs that write it at once, the first wins."""
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(f"{secrets.token_hex(16)}\n")
    except OSError:
        pass
    return _read_id(path)


def _can_be_written(path: Path) -> bool:
    folder = path.parent if path.parent.exists() else path.parent.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _machine() -> str:
    """What tells this machine from others of its name: digits made of its id, which itself is not for others to see. "" without one."""
    text = next((text for path in _MACHINE_IDS if _ID.match(text := _text(Path(path)).strip())), "")
    return hashlib.sha256(f"roro:{text}".encode()).hexdigest()[:8] if text else ""


def _place(key: str, here: str) -> str:
    kind, _, rest = key.partition(":")
    if kind != "git":
        return here
    address, _, folder = rest.partition("#")
    return f"{address}, folder {folder}" if folder else address
