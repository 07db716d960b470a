# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of a model, made absolute from the folder of the file that says them. Pure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .canonical import containers
from .volumes import clean

_REMOTE = ("https://", "http://", "git://", "ssh://", "github.com/", "git@")


def make_absolute(model: dict[str, Any], folder: str) -> None:
    """Every path that the specification knows, in place. folder: absolute."""
    for container, path in containers(model):
        for item in container.get("env_file") or ():
            item["path"] = absolute(item["path"], folder)
        if "label_file" in container:
            container["label_file"] = [absolute(item, folder) for item in container["label_file"]]
        for volume in container.get("volumes") or ():
            if volume.get("type") == "bind" and "source" in volume:
                volume["source"] = _unix(volume["source"], folder)
        if len(path) == 2:
            _of_workload(container, folder)
    for section in ("configs", "secrets"):
        for resource in (model.get(section) or {}).values():
            if resource and "file" in resource:
                resource["file"] = _unix(resource["file"], folder)
    for volume in (model.get("volumes") or {}).values():
        options = (volume or {}).get("driver_opts") or {}
        if volume and volume.get("driver") == "local" and options.get("o") == "bind" and isinstance(options.get("device"), str):
            options["device"] = _unix(options["device"], folder)


def _of_workload(workload: dict[str, Any], folder: str) -> None:
    build = workload.get("build")
    if isinstance(build, dict):
        if "context" in build:
            build["context"] = _context(build["context"], folder)
        for name, context in (build.get("additional_contexts") or {}).items():
            build["additional_contexts"][name] = _context(context, folder)
        for name, key in (build.get("ssh") or {}).items():
            if isinstance(key, str):
                build["ssh"][name] = _unix(key, folder)
    extends = workload.get("extends")
    if isinstance(extends, dict) and "file" in extends:
        extends["file"] = absolute(extends["file"], folder)
    for watch in (workload.get("develop") or {}).get("watch") or ():
        if "path" in watch:
            watch["path"] = absolute(watch["path"], folder)


def absolute(path: str, folder: str) -> str:
    """The path from `folder` on; `~` is the home of whoever imports."""
    if not path:
        return path
    if path.startswith("~"):
        path = clean(f"{Path.home()}/{path[1:].lstrip('/')}")
    return path if path.startswith("/") else clean(f"{folder}/{path}")


def _unix(path: str, folder: str) -> str:
    return path if re.match(r"[a-zA-Z]:[\\/]|\\\\", path) else absolute(path, folder) or folder


def _context(path: Any, folder: str) -> Any:
    if not isinstance(path, str) or "://" in path or path.startswith(("service:", *_REMOTE)):
        return path
    return absolute(path, folder)
