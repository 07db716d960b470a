# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The links of the daemon's duties: one for each API server and user, for as long as somebody there needs it."""

from __future__ import annotations

from .._cluster import Connection
from .link import Link
from .types import connection_key


class Links:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self._users: dict[str, int] = {}

    def take(self, connection: Connection) -> Link:
        """The link to use until `leave`."""
        key = connection_key(connection)
        self._users[key] = self._users.get(key, 0) + 1
        return self._links.get(key) or self._links.setdefault(key, Link(connection))

    async def leave(self, link: Link) -> None:
        """One user less; after the last it is closed."""
        key = connection_key(link.connection)
        self._users[key] -= 1
        if not self._users[key]:
            del self._users[key]
            await self._links.pop(key).close()

    async def close(self) -> None:
        """Close all."""
        links, self._links, self._users = list(self._links.values()), {}, {}
        for link in links:
            await link.close()
