"""Forwards in this process, through a cluster that is one as well."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_cluster import FakeCluster, pod, service
from forward_stage import SECONDS, Stage

Test = Callable[[Stage], Coroutine[Any, Any, None]]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], None]:
    """Run a coroutine on a stage."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def run(test: Test) -> None:
        cluster = FakeCluster()
        cluster.put(service())
        cluster.put(pod("a"))
        async with cluster.running(), asyncio.timeout(2 * SECONDS):
            stage = Stage(cluster)
            try:
                await test(stage)
            finally:
                for forward in stage.forwards:
                    await forward.stop()
                    await forward.link.close()

    return lambda test: asyncio.run(run(test))
