"""Which health checks the daemon is asked to keep, and what happens to them with their instances."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._events import Event
from ansible_collections.roro.kube.plugins.module_utils._health import HealthSpec, HealthStatus
from ansible_collections.roro.kube.plugins.module_utils._health.types import quiet_status, spec_of
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, end_health, load, watch_health
from ansible_collections.roro.kube.plugins.module_utils._workflow import health as room
from ansible_collections.roro.kube.plugins.module_utils._workflow.health import follow_power

SETTINGS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
CHECK = {"name": "http", "http": {"target": "service/{{ instance }}", "port": 80, "status": ["2xx"]}, "interval": "3s", "restart": True}


class Daemon:
    """What a daemon would know."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.specs: dict[str, HealthSpec] = {}
        self.stopped: set[str] = set()
        for name in ("start_checks", "stop_checks", "resume_checks", "remove_checks"):
            patch.setattr(room, name, getattr(self, name.removesuffix("_checks")))
        patch.setattr(room, "known_checks", self.known)

    def known(self) -> tuple[HealthStatus, ...]:
        return tuple(quiet_status(spec, "Stopped" if key in self.stopped else "Healthy") for key, spec in self.specs.items())

    def start(self, specs: list[HealthSpec]) -> bool:
        before = dict(self.specs)
        self.specs.update({spec.id: spec_of(json.loads(json.dumps(spec.as_record()))) for spec in specs})
        return before != self.specs

    def stop(self, ids: list[str]) -> bool:
        self.stopped.update(ids)
        return bool(ids)

    def resume(self, ids: list[str]) -> bool:
        self.stopped.difference_update(ids)
        return bool(ids)

    def remove(self, ids: list[str]) -> bool:
        for key in ids:
            self.specs.pop(key)
        return bool(ids)

    def names(self) -> set[str]:
        return {str(spec.origin) for spec in self.specs.values()}


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Daemon:
    return Daemon(monkeypatch)


@pytest.fixture
def request_of(tmp_path: Path) -> Any:
    """Write apps (name -> checks); a request for them."""

    def write(*instances: str, **apps: list[dict[str, Any]]) -> Request:
        documents: dict[str, Any] = {"workspace.json": {"version": 1, "name": "shop"}, "environments/dev/environment.json": {}}
        documents |= {f"apps/{name}/app.json": {"health": checks} for name, checks in apps.items()}
        documents |= {f"apps/{name}/manifests/settings.json": SETTINGS for name in apps}
        for name, document in documents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document))
        connection = Connection(host="https://127.0.0.1:1", api_key="token")
        return Request(tmp_path, "dev", instances, connection=connection, system_environment={})

    return write


def watched(request: Request, **more: Any) -> bool:
    return watch_health(request, load(request, with_dependencies=False), **more).changed


def test_the_checks_of_the_documents_must_be_kept_and_a_second_time_change_nothing(daemon: Daemon, request_of: Any) -> None:
    request = request_of(api=[CHECK], web=[])
    assert (watched(request, check=True), daemon.specs) == (True, {})
    assert (watched(request), watched(request), watched(request, check=True)) == (True, False, False)
    (spec,) = daemon.specs.values()
    assert (str(spec.origin), spec.namespace, spec.target) == ("api/http", "shop-dev", "service/api")
    assert (spec.interval, spec.restart, spec.start_period) == (3.0, True, 30.0)


def test_what_the_documents_no_longer_have_must_be_forgotten_and_nothing_else(daemon: Daemon, request_of: Any) -> None:
    watched(request_of(api=[CHECK, {**CHECK, "name": "two"}], web=[CHECK]))
    assert watched(request_of("api", api=[CHECK], web=[]))
    assert daemon.names() == {"api/http", "web/http"}, "web was not asked about"
    assert watched(request_of(api=[], web=[]))
    assert daemon.names() == set()


def test_where_nothing_lasts_nothing_must_be_watched(daemon: Daemon, request_of: Any) -> None:
    assert (watched(request_of(api=[CHECK]), scope="job"), daemon.specs) == (False, {})


def test_checks_must_follow_their_instances(daemon: Daemon, request_of: Any) -> None:
    request = request_of(api=[CHECK], web=[CHECK])
    selection, told = load(request), list[Event]()
    watched(request)
    follow_power("stop", selection, ["api"], told.append)
    states = {str(status.origin): status.state for status in daemon.known()}
    assert states == {"api/http": "Stopped", "web/http": "Healthy"}
    follow_power("start", selection, [], told.append)
    assert len(daemon.stopped) == 1, "no instance was started"
    follow_power("start", selection, ["api", "web"], told.append)
    assert daemon.stopped == set()
    follow_power("down", selection, ["web"], told.append)
    assert daemon.names() == {"api/http"}
    follow_power("down", selection, None, told.append)
    assert (daemon.names(), told) == (set(), [])


def test_a_daemon_that_cannot_be_reached_must_be_a_notice(daemon: Daemon, request_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    request, told = request_of(api=[CHECK]), list[Any]()
    watched(request)

    def broken(_: Any) -> bool:
        raise RoroError("the forward daemon did not start")

    monkeypatch.setattr(room, "stop_checks", broken)
    follow_power("stop", load(request), ["api"], told.append)
    assert "did not start" in told[0].message


def test_an_end_must_stop_or_forget(daemon: Daemon, request_of: Any) -> None:
    request = request_of(api=[CHECK])
    watched(request)
    assert (end_health(request, forget=False, check=True).changed, daemon.stopped) == (True, set())
    assert end_health(request, forget=False).changed
    assert not end_health(request, forget=False).changed
    assert end_health(request, forget=True).changed
    assert not end_health(request, forget=True).changed
