# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server serves, kept on disk between runs. Private files, keyed by server and CA; whoever asks sees the same discovery."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from .._errors import RoroError
from .._state import cache_directory, write_private
from .config import Access
from .types import Resource

FORMAT = 1
_TOLERANCE = 2.0
MAX_AGE_SECONDS = 6 * 3600.0
"""As kubectl's own cache. A missing kind is looked up anew at once; this bounds how long a changed preferred version goes unnoticed."""


@dataclass(frozen=True)
class Served:
    """One reading of discovery. resources: in the server's order, preferred versions first within a group.
    stale: `group/version` whose API service did not answer. version: `v1.34.4`, "" when it was not asked."""

    resources: tuple[Resource, ...] = ()
    stale: frozenset[str] = field(default_factory=frozenset)
    version: str = ""


class DiscoveryCache:
    """The file of one server. folder: where, the private cache directory when None; without a writable one nothing is kept."""

    def __init__(self, access: Access, folder: Path | None = None) -> None:
        self._key = cache_key(access)
        self._folder = folder

    def load(self) -> Served | None:
        """What was kept, None when there is nothing usable."""
        path = self._path()
        try:
            if path is None or not -_TOLERANCE <= time.time() - path.stat().st_mtime <= MAX_AGE_SECONDS:
                return None  # what seems to come from the future was kept when the clock was wrong
            return _decoded(path.read_bytes())
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, served: Served) -> None:
        """Keep it. A cache that cannot be written is no failure: it only costs the requests again."""
        path = self._path()
        if path is None:
            return
        try:
            write_private(path, _encoded(served))
        except RoroError:
            return

    def drop(self) -> None:
        """Forget it."""
        path = self._path()
        if path is not None:
            path.unlink(missing_ok=True)

    def _path(self) -> Path | None:
        try:
            folder = self._folder or cache_directory("discovery")
        except RoroError:
            return None
        return folder / f"{self._key}.json"


def cache_key(access: Access) -> str:
    """sha256 over server, CA and server name: a cluster made anew behind the same address has another CA."""
    digest = hashlib.sha256()
    ca = access.ca.read() if access.ca and access.verify else b""
    for part in (access.server.encode(), ca, access.server_name.encode(), access.proxy.encode()):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _encoded(served: Served) -> bytes:
    rows = [[r.group, r.version, r.kind, r.plural, r.namespaced, sorted(r.verbs), sorted(r.subresources)] for r in served.resources]
    return json.dumps(
        {"format": FORMAT, "version": served.version, "stale": sorted(served.stale), "resources": rows}, separators=(",", ":")
    ).encode()


def _decoded(data: bytes) -> Served | None:
    document = json.loads(data)
    if document["format"] != FORMAT:
        return None
    resources = tuple(
        Resource(group, version, kind, plural, bool(namespaced), frozenset(verbs), frozenset(subresources))
        for group, version, kind, plural, namespaced, verbs, subresources in document["resources"]
    )
    return Served(resources, frozenset(document["stale"]), str(document["version"]))
