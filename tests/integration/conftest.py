"""What the tests on a real cluster share: the cluster itself, names of their own, and conditions with a deadline.

`make test` brings the cluster up and names it in RORO_TEST_KUBECONFIG; to run a test by hand do the same:
`roro cluster up --name test` and export the path that it prints.
"""

from __future__ import annotations

import os
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect

Answer = TypeVar("Answer")

for _number, _handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    # A shell ignores SIGINT in what it starts in the background, nohup ignores SIGHUP; commands started from here would inherit that.
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)


@pytest.fixture(scope="session")
def cluster_kubeconfig() -> Path:
    """The kubeconfig of the tests' own cluster."""
    path = os.environ.get("RORO_TEST_KUBECONFIG", "")
    if not path or not Path(path).exists():
        pytest.fail("RORO_TEST_KUBECONFIG names no kubeconfig: `make test` sets it, or run `roro cluster up --name test`", pytrace=False)
    return Path(path)


@pytest.fixture(scope="session")
def cluster(cluster_kubeconfig: Path) -> Iterator[Cluster]:
    """A connection to the tests' cluster, through the engine's own client."""
    connection = connect(Connection(kubeconfig=str(cluster_kubeconfig)))
    yield connection
    connection.close()


@pytest.fixture(autouse=True)
def _old_enough(request: pytest.FixtureRequest) -> None:
    """Skips what the cluster's version of Kubernetes lacks: `@pytest.mark.since("1.35", "what is missing before")`."""
    mark = request.node.get_closest_marker("since")
    if mark is None:
        return
    wanted, reason = mark.args
    version = request.getfixturevalue("cluster").version()
    if _numbers(version) < _numbers(wanted):
        pytest.skip(f"Kubernetes {version}: {reason}")


def _numbers(version: str) -> tuple[int, ...]:
    """(1, 35) of v1.35.4."""
    return tuple(int(number) for number in version.removeprefix("v").split(".")[:2])


@pytest.fixture
def unique() -> str:
    """A short name that no other test uses; starts with a letter."""
    return f"t{uuid.uuid4().hex[:8]}"


@pytest.fixture
def namespace(cluster: Cluster, unique: str) -> Iterator[str]:
    """A namespace of the test's own, removed afterwards."""
    resource = cluster.resource("v1", "Namespace")
    cluster.create(resource, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": unique}})
    yield unique
    cluster.delete(resource, None, unique)


@pytest.fixture
def eventually() -> Callable[..., object]:
    """`eventually(question, deadline=30)` asks until the answer is true, and fails with the last answer when it never is."""
    return wait_until


def wait_until(question: Callable[[], Answer], deadline: float = 30.0, pause: float = 0.05) -> Answer:
    """Ask every `pause` seconds until the answer is true; AssertionError after `deadline` seconds."""
    clock = threading.Event()
    waited = 0.0
    while True:
        answer = question()
        if answer:
            return answer
        assert waited < deadline, f"not true after {deadline} s; the last answer was {answer!r}"
        clock.wait(pause)
        waited += pause
