"""Health checks in this process, through a cluster that is one as well."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "forward")]

from fake_cluster import pod, service
from health_cluster import HealthCluster
from health_stage import SECONDS, Stage, until

Test = Callable[[Stage], Coroutine[Any, Any, None]]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], None]:
    """Run a coroutine on a stage; nothing may be left open on the server's side."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def run(test: Test) -> None:
        cluster = HealthCluster()
        cluster.put(service())
        cluster.put(pod("a"))
        async with cluster.running(), asyncio.timeout(2 * SECONDS):
            stage = Stage(cluster)
            try:
                await test(stage)
            finally:
                for watcher in stage.watchers:
                    await watcher.close()
                for client in stage.clusters:
                    await asyncio.to_thread(client.close)
            await until(lambda: not cluster.sockets)

    return lambda test: asyncio.run(run(test))
