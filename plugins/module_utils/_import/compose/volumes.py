# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`./data:/var/lib/data:ro` -> the long form, as Compose takes it apart. Pure."""

from __future__ import annotations

import posixpath
from typing import Any

_PROPAGATIONS = ("rprivate", "private", "rshared", "shared", "rslave", "slave")


def short_volume(spec: str) -> dict[str, Any]:
    """The long form of a volume. Raises ValueError."""
    if not spec:
        raise ValueError("an empty volume")
    if len(spec) <= 2:
        return {"type": "volume", "target": clean(spec)}
    parts = _parts(spec)
    if not all(parts):
        raise ValueError("nothing stands between two colons")
    if len(parts) > 3:
        raise ValueError("too many colons")
    source, target = ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    volume: dict[str, Any] = {}
    bind: dict[str, Any] = {}
    inner: dict[str, Any] = {}
    for option in parts[2].split(",") if len(parts) == 3 else ():
        if option in ("ro", "rw"):
            volume["read_only"] = option == "ro"
        elif option == "nocopy":
            inner["nocopy"] = True
        elif option in _PROPAGATIONS:
            bind["propagation"] = option
        elif option in ("z", "Z"):
            bind["selinux"] = option
    if not volume.get("read_only"):
        volume.pop("read_only", None)
    is_bind = is_path(source)
    volume = {"type": "bind" if is_bind else "volume", "source": source, "target": clean(target), **volume}
    if not source:
        del volume["source"]
    if is_bind or bind:
        volume["bind"] = {**bind, "create_host_path": True} if is_bind else bind
    if not is_bind or inner:
        volume["volume"] = inner
    return volume


def _parts(spec: str) -> list[str]:
    """At the colons that do not stand behind the letter of a drive."""
    parts = [""]
    for char in spec:
        if char == ":" and not (len(parts[-1]) == 1 and parts[-1].isalpha()):
            parts.append("")
        else:
            parts[-1] += char
    return parts


def is_path(source: str) -> bool:
    """Whether the source of a volume is a path, and not the name of a volume."""
    return source[:1] in (".", "/", "~") or source.startswith("\\\\") or (source[1:2] == ":" and source[:1].isalpha())


def clean(path: str) -> str:
    """The path without `.`, `..` and doubled slashes."""
    if not path:
        return ""
    found = posixpath.normpath(path)
    return found[1:] if found.startswith("//") else found
