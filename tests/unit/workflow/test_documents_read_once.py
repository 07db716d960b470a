"""Documents that a command has just read must not be read again for what is asked next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._workflow.request import Request
from ansible_collections.roro.kube.plugins.module_utils._workflow.status_names import status_selection

from roro.requests import build_request


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workspace with one app and one environment."""
    documents = {"workspace.json": {"version": 1, "name": "shop"}, "apps/api/app.json": {}, "environments/dev/environment.json": {}}
    for name, document in documents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(document))
    (tmp_path / "apps/api/manifests").mkdir()
    (tmp_path / "apps/api/manifests/a.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
    return tmp_path


def test_a_status_must_be_of_the_documents_that_the_command_read(shop: Path) -> None:
    request = build_request(shop, ("dev",))
    (shop / "environments/dev/environment.json").write_text("{ no document any more")
    assert [instance.id for instance in status_selection(request).instances] == ["api"]


def test_a_request_without_documents_must_read_them(shop: Path) -> None:
    assert [instance.id for instance in status_selection(Request(shop, "dev")).instances] == ["api"]
    with pytest.raises(RoroError):
        status_selection(Request(shop / "apps", "production"))
