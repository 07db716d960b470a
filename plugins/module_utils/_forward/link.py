# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One API server and user, shared by all forwards that name them: client, dialer, views of namespaces."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from .._cluster import Cluster, Connection, connect
from .._cluster.follow import Followers
from .._given import given
from .dial import PROTOCOLS, Dialer
from .watching import NamespaceView

RELOAD_SECONDS = 5.0


class Link:
    """Opened when first needed. A kubeconfig that changed is read again after a failure: a new login, a cluster that was made anew.

    cluster: somebody's client, to be used instead of one of its own; it stays open.
    """

    def __init__(self, connection: Connection, protocols: tuple[str, ...] = PROTOCOLS, cluster: Cluster | None = None) -> None:
        self.connection = connection
        self._protocols = protocols
        self._lent = cluster
        self._cluster: Cluster | None = None
        self._dialer: Dialer | None = None
        self._stamp: tuple[object, ...] = ()
        self._looked_at = 0.0
        self._followers = Followers(lambda: self.cluster)
        self._views: dict[str, NamespaceView] = {}

    def open(self) -> None:
        """Read the configuration when that was not done. Raises ConnectionFailed. Needs a running event loop."""
        if self._cluster is None:
            self._begin()

    @property
    def cluster(self) -> Cluster:
        """The client. `open` comes first."""
        return given(self._cluster, "the client, which `open` makes,")

    @property
    def dialer(self) -> Dialer:
        """Opens tunnels. `open` comes first."""
        return given(self._dialer, "the dialer, which `open` makes,")

    def view(self, namespace: str) -> NamespaceView:
        """What is in a namespace."""
        if namespace not in self._views:
            self._views[namespace] = NamespaceView(self._followers, namespace)
        return self._views[namespace]

    def leave(self, namespace: str) -> None:
        """Nobody there any more: end the watches."""
        view = self._views.get(namespace)
        if view is not None and not view.listeners:
            self._views.pop(namespace).close()

    async def reload(self) -> None:
        """After a failure: read the configuration again when its files changed. Raises ConnectionFailed."""
        if time.monotonic() - self._looked_at < RELOAD_SECONDS:
            return
        self._looked_at = time.monotonic()
        if self._cluster is None or self._lent is not None or await asyncio.to_thread(self._files) == self._stamp:
            return
        old, dialer = self._cluster, self._dialer
        self._begin()
        await asyncio.to_thread(old.close)
        if dialer is not None:
            await dialer.close()

    async def close(self) -> None:
        """End everything."""
        for view in self._views.values():
            view.close()
        if self._cluster is not None and self._lent is None:
            await asyncio.to_thread(self._cluster.close)
        if self._dialer is not None:
            await self._dialer.close()

    def _begin(self) -> None:
        """Read the configuration. The client is there at every moment from then on: watches take it in threads of their own."""
        stamp = self._files()
        cluster = self._lent or connect(self.connection, concurrency=4)
        self._dialer = Dialer(cluster.raw(), self._protocols)
        self._stamp, self._cluster = stamp, cluster

    def _files(self) -> tuple[object, ...]:
        kubeconfig = self.connection.kubeconfig
        if not isinstance(kubeconfig, str):
            return ()
        found: list[object] = []
        for path in kubeconfig.split(":"):
            try:
                info = Path(path).stat()
                found.append((info.st_mtime_ns, info.st_ino, info.st_size))
            except OSError:
                found.append(None)
        return tuple(found)
