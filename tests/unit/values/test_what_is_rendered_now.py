"""Which instances are rendered at once, which wait for others of the run, and what is an error before anything is written."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError, ValueFailed
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace, select
from ansible_collections.roro.kube.plugins.module_utils._release import Desired
from ansible_collections.roro.kube.plugins.module_utils._workflow.wanted_instances import Desire

sys.path.insert(0, str(Path(__file__).parent))

from conftest import FakeCluster, obj

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{x: {x}}}\n"


def value(name: str = "made-by-db", **fields: Any) -> dict[str, Any]:
    return {"resource": {"apiVersion": "v1", "kind": "ConfigMap", "name": name}, "path": "$.data.x", **fields}


def desire(root: Path, fake: FakeCluster, db: str = "made-by-db", **api: Any) -> dict[str, Desired]:
    """An app `db` that brings a ConfigMap of that name, and an app `api` with this document."""
    files = {
        "workspace.json": json.dumps({"version": 1, "name": "shop", "namespace": "shop"}),
        "environments/dev/environment.json": "{}",
        "apps/db/app.json": "{}",
        "apps/db/manifests/a.yaml": MAP.format(name=db, x="new"),
        "apps/api/app.json": json.dumps(api),
        "apps/api/manifests/a.yaml.j2": MAP.format(name="api", x="{{ host | default('none') }}"),
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    instances = select(load_workspace(root), "dev").instances
    found = Desire(fake, root)  # type: ignore[arg-type]
    found.fill(instances, threading.Event())
    return {item.instance.id: item for item in found.desired}


def data(item: Desired) -> Any:
    return item.manifests[0].object["data"]["x"]


def test_a_value_that_is_there_must_be_rendered_at_once_and_be_read_again_when_its_source_changes(
    tmp_path: Path, fake: FakeCluster
) -> None:
    fake.objects = [obj("ConfigMap", "made-by-db", data={"x": "old"})]
    api = desire(tmp_path, fake, values={"host": value()})["api"]
    assert (data(api), api.rendered, api.after) == ("old", True, {"db"})
    fake.objects = [obj("ConfigMap", "made-by-db", data={"x": "new"})]
    assert api.again is not None and data(api.again(threading.Event())) == "new"


@pytest.mark.parametrize("api", [{"dependsOn": ["db"]}, {}], ids=["by dependsOn", "by the manifests"])
def test_a_value_that_another_instance_may_bring_must_make_its_instance_late(
    tmp_path: Path, fake: FakeCluster, api: dict[str, Any]
) -> None:
    found = desire(tmp_path, fake, values={"host": value(wait="60s")}, **api)
    assert (found["db"].rendered, found["api"].rendered, found["api"].manifests) == (True, False, ())
    assert "ConfigMap shop/made-by-db is not there" in found["api"].why
    assert not any(asked.startswith("watch") for asked in fake.asked), "it is not waited for before the others are there"
    assert found["db"].again is None, "what has no values is never rendered again"


def test_a_default_must_be_used_now_where_others_may_bring_the_value_later(tmp_path: Path, fake: FakeCluster) -> None:
    api = desire(tmp_path, fake, dependsOn=["db"], values={"host": value(default="d", wait="60s")})["api"]
    assert (data(api), api.rendered) == ("d", True)
    assert not any(asked.startswith("watch") for asked in fake.asked)


@pytest.mark.parametrize(
    ("api", "denied", "reason"),
    [
        ({"values": {"host": value("nobodys")}}, set(), "NotFound"),
        ({"values": {"host": value()}, "dependsOn": ["db"]}, {("get", "configmaps")}, "Forbidden"),
    ],
    ids=["nobody brings it", "no right to read it"],
)
def test_a_value_that_waiting_for_others_cannot_bring_must_be_an_error_now(
    tmp_path: Path, fake: FakeCluster, api: dict[str, Any], denied: set[tuple[str, str]], reason: str
) -> None:
    fake.denied = denied
    with pytest.raises(ValueFailed) as caught:
        desire(tmp_path, fake, **api)
    assert [problem.reason for problem in caught.value.problems] == [reason]


def test_an_own_manifest_must_be_no_reason_to_wait(tmp_path: Path, fake: FakeCluster) -> None:
    with pytest.raises(ValueFailed):
        desire(tmp_path, fake, values={"host": value("api")})


def test_a_secret_of_the_cluster_must_be_known_to_the_run(tmp_path: Path, fake: FakeCluster) -> None:
    fake.objects = [obj("Secret", "db", data={"password": "czNjcjN0"})]
    secret = {"resource": {"apiVersion": "v1", "kind": "Secret", "name": "db"}, "path": "$.data.password"}
    api = desire(tmp_path, fake, values={"password": secret}, variables={"host": "pg-{{ password }}"})["api"]
    assert data(api) == "pg-s3cr3t"
    assert api.secrets.hide("pg-s3cr3t") == "<hidden>"
    assert "s3cr3t" not in repr(api.secrets)


def test_a_template_that_fails_must_not_tell_the_secret(tmp_path: Path, fake: FakeCluster) -> None:
    fake.objects = [obj("Secret", "db", data={"password": "czNjcjN0"})]
    secret = {"resource": {"apiVersion": "v1", "kind": "Secret", "name": "db"}, "path": "$.data.password"}
    with pytest.raises(RenderError) as caught:
        desire(tmp_path, fake, values={"host": secret}, variables={"bad": "{{ {host: 1}[host ~ 'x'] }}"})
    assert "s3cr3t" not in str(caught.value)
