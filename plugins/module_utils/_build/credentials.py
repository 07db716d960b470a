# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins at registries: Docker's config.json, the user's own or one for a single run with a password that was handed over."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from .._errors import UsageError
from .._state import write_private


def docker_config_file() -> Path:
    """Docker's config.json: in DOCKER_CONFIG, else in ~/.docker. It may not be there."""
    folder = os.environ.get("DOCKER_CONFIG") or os.path.join(os.path.expanduser("~"), ".docker")  # noqa: PTH111, PTH118 - never raises
    return Path(folder) / "config.json"


def with_login(folder: Path, registry: str, user: str, password: str) -> Path:
    """A 0600 config.json in `folder` that says all that the user's own says, and this login. Raises UsageError, RoroError."""
    own = docker_config_file()
    config = _read(own)
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    key = "https://index.docker.io/v1/" if registry == "docker.io" else registry
    config["auths"] = {**config.get("auths", {}), key: {"auth": token}}
    helpers = config.get("credHelpers", {})
    config["credHelpers"] = {name: helper for name, helper in helpers.items() if name not in (registry, key)}
    config.pop("credsStore", None)  # it would be asked first
    path = folder / "config.json"
    write_private(path, json.dumps(config).encode())
    for entry in own.parent.iterdir() if own.parent.is_dir() else ():
        if entry.name != own.name:  # contexts, plugins and builders stay what they are
            (folder / entry.name).symlink_to(entry)
    return path


def authfile(own: Path | None) -> Path | None:
    """The file for a builder: that of this run, else the user's where it is there."""
    if own is not None:
        return own
    found = docker_config_file()
    return found if found.is_file() and _read(found).get("auths") else None


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"Docker's configuration cannot be read: {error}", where=str(path), hint="Correct or remove it.") from error
    if not isinstance(found, dict):
        raise UsageError("Docker's configuration is no object", where=str(path), hint="Correct or remove it.")
    return found


def registry_of(reference: str) -> str:
    """The host, with its port, of a reference in full."""
    return reference.partition("/")[0]
