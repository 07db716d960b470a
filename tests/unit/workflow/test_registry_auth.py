"""Credentials of registries that a job is given become a Secret with which a cluster pulls images, and are shown nowhere."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._events import ignore
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, render
from ansible_collections.roro.kube.plugins.module_utils._workflow.registry_auth import with_registry_auth

PASSWORD = "pull-pa55word"
ONE = {"RORO_REGISTRY_HOST": "registry.example.com", "RORO_REGISTRY_USERNAME": "puller", "RORO_REGISTRY_PASSWORD": PASSWORD}
SECRET = """apiVersion: v1
kind: Secret
metadata: {name: registry}
type: kubernetes.io/dockerconfigjson
data: {.dockerconfigjson: "{{ RORO_REGISTRY_AUTH | b64encode }}"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: careless}
data:
  all: 'it is {{ RORO_REGISTRY_AUTH }}'
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    files = {
        "workspace.json": json.dumps({"version": 1, "name": "shop"}),
        "environments/dev/environment.json": "{}",
        "apps/web/app.json": json.dumps({"systemEnvironment": {"RORO_REGISTRY_AUTH": {}}}),
        "apps/web/manifests/all.yaml.j2": SECRET,
    }
    for name, text in files.items():
        (tmp_path / "shop" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shop" / name).write_text(text)
    return tmp_path / "shop"


def rendered(shop: Path, environ: dict[str, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The manifests, and as they are shown."""
    _, (web,) = render(Request(workspace=shop, system_environment=environ), ignore)
    return [m.object for m in web.result.manifests], [web.shown(m) for m in web.result.manifests]


def auths(environ: dict[str, str]) -> dict[str, Any]:
    return dict(json.loads(str.__str__(with_registry_auth(environ)["RORO_REGISTRY_AUTH"]))["auths"])


def written(folder: Path, document: object) -> dict[str, str]:
    (folder / "config.json").write_text(json.dumps(document))
    return {"RORO_REGISTRY_AUTH_FILE": str(folder / "config.json")}


def test_a_template_must_make_a_pull_secret_of_it(shop: Path) -> None:
    (config, secret), _ = (sorted(objects, key=lambda one: str(one["kind"])) for objects in rendered(shop, ONE))
    assert config["kind"] == "ConfigMap"
    made = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))
    proof = base64.b64encode(f"puller:{PASSWORD}".encode()).decode()
    assert made == {"auths": {"registry.example.com": {"username": "puller", "password": PASSWORD, "auth": proof}}}


def test_it_must_be_shown_nowhere(shop: Path) -> None:
    _, shown = rendered(shop, ONE)
    assert PASSWORD not in str(shown) and base64.b64encode(PASSWORD.encode()).decode() not in str(shown)


def test_a_file_of_docker_must_do_as_well_and_its_helpers_and_settings_must_stay_out(tmp_path: Path) -> None:
    entries = {"a.example": {"auth": "eDp5"}, "b.example": {}, "c.example": {"username": "x", "password": "y"}}
    given = written(tmp_path, {"auths": entries, "HttpHeaders": {"X-Meta": "z"}, "credHelpers": {"d.example": "ecr"}})
    assert auths(given) == {"a.example": {"auth": "eDp5"}, "c.example": {"username": "x", "password": "y"}}
    assert set(auths({**given, **ONE})) == {"a.example", "c.example", "registry.example.com"}


def test_a_file_that_is_exchanged_must_count_in_the_next_run(tmp_path: Path) -> None:
    assert auths(written(tmp_path, {"auths": {"a": {"auth": "one"}}}))["a"] == {"auth": "one"}
    assert auths(written(tmp_path, {"auths": {"a": {"auth": "two"}}}))["a"] == {"auth": "two"}


def test_docker_hub_must_be_found_by_the_name_under_which_clusters_look_for_it() -> None:
    assert list(auths({**ONE, "RORO_REGISTRY_HOST": "docker.io"})) == ["https://index.docker.io/v1/"]


@pytest.mark.parametrize("missing", sorted(ONE))
def test_half_a_credential_must_be_told_by_the_variable_that_is_missing(missing: str) -> None:
    given = {name: value for name, value in ONE.items() if name != missing}
    with pytest.raises(UsageError, match=f"{missing} is not set") as caught:
        auths(given)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("text", ['{"auths": {"a.example": {}}}', "{}", "[]", "pull-pa55word", '{"credsStore": "desktop"}'])
def test_a_file_without_a_credential_must_be_told_without_what_is_in_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UsageError, match="RORO_REGISTRY_AUTH_FILE=") as caught:
        auths({"RORO_REGISTRY_AUTH_FILE": str(tmp_path / "config.json")})
    assert PASSWORD not in str(caught.value)


def test_what_nobody_asks_for_must_not_be_read(shop: Path) -> None:
    (shop / "apps/web/app.json").write_text("{}")
    (shop / "apps/web/manifests/all.yaml.j2").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
    assert rendered(shop, {"RORO_REGISTRY_AUTH_FILE": "/nowhere"})


@pytest.mark.parametrize("name", ["RORO_REGISTRY_PASSWORD", "RORO_REGISTRY_AUTH_FILE", "RORO_GIT_PASSWORD", "RORO_GIT_KEY_FILE"])
def test_a_workspace_must_not_have_the_others_for_the_asking(shop: Path, name: str) -> None:
    (shop / "apps/web/app.json").write_text(json.dumps({"systemEnvironment": {name: {}}}))
    with pytest.raises(RoroError, match=f"{name} is a credential of whoever runs this"):
        rendered(shop, {**ONE, name: "x"})
