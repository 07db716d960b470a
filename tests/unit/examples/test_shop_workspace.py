"""What the example workspace promises a reader of its documents: read, merged and rendered by the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._model import Selection, load_workspace, select
from ansible_collections.roro.kube.plugins.module_utils._render import render_instance

SHOP = Path(__file__).parents[3] / "examples" / "shop"
WORKLOADS = ("Deployment", "StatefulSet", "Job")


def selection(environment: str, system_environment: dict[str, str] | None = None) -> Selection:
    return select(load_workspace(SHOP), environment, system_environment=system_environment or {})


def objects(chosen: Selection) -> dict[tuple[str, str], Any]:
    """Rendered objects by kind and name; a collision between instances fails here."""
    found: dict[tuple[str, str], Any] = {}
    for instance in chosen.instances:
        for manifest in render_instance(instance).manifests:
            key = (manifest.object["kind"], manifest.object["metadata"]["name"])
            assert key not in found, f"{key} is made by two instances"
            found[key] = manifest.object
    return found


@pytest.mark.parametrize(
    ("environment", "namespace", "instances"),
    [
        ("dev", "shop-dev", {"db", "cache", "migrate", "api", "web", "api-blue", "web-blue"}),
        ("staging", "shop-staging", {"db", "cache", "migrate", "api", "web"}),
    ],
)
def test_each_environment_must_have_its_instances_in_a_namespace_of_its_own(environment: str, namespace: str, instances: set[str]) -> None:
    chosen = selection(environment)
    assert {instance.id for instance in chosen.instances} == instances
    assert {instance.namespace for instance in chosen.instances} == {namespace}
    assert (chosen.environment.context, chosen.environment.kubeconfig) == (None, None)


@pytest.mark.parametrize(("environment", "replicas", "storage"), [("dev", 1, "256Mi"), ("staging", 2, "1Gi")])
def test_environments_must_differ_in_replicas_and_storage(environment: str, replicas: int, storage: str) -> None:
    rendered = objects(selection(environment))
    assert {rendered["Deployment", name]["spec"]["replicas"] for name in ("api", "web")} == {replicas}
    claim = rendered["StatefulSet", "db"]["spec"]["volumeClaimTemplates"][0]
    assert claim["spec"]["resources"]["requests"]["storage"] == storage


def test_dependencies_must_gate_the_api_and_prefer_the_same_suffix() -> None:
    needs = {
        instance.id: {need.instance: (need.condition, need.required) for need in instance.depends_on}
        for instance in selection("dev").instances
    }
    stores = {"db": ("healthy", True), "migrate": ("completed", True), "cache": ("started", False)}
    assert needs == {
        "db": {},
        "cache": {},
        "migrate": {"db": ("healthy", True)},
        "api": stores,
        "api-blue": stores,
        "web": {"api": ("healthy", True)},
        "web-blue": {"api-blue": ("healthy", True)},
    }


def test_each_front_must_speak_to_the_api_beside_it() -> None:
    rendered = objects(selection("dev"))
    for front, api in (("web", "api"), ("web-blue", "api-blue")):
        container = rendered["Deployment", front]["spec"]["template"]["spec"]["containers"][0]
        assert container["env"] == [{"name": "API_URL", "value": f"http://{api}:80"}]
        assert ("Service", api) in rendered


def test_forwards_must_reach_their_own_instance() -> None:
    forwards = {instance.id: [(one.target, one.local_port) for one in instance.forwards] for instance in selection("dev").instances}
    assert forwards["web"] == [("service/web", 8080)]
    assert forwards["web-blue"] == [("service/web-blue", "auto")]
    assert forwards["api-blue"] == [("service/api-blue", "auto")]


def test_the_password_must_come_from_the_system_environment_and_be_in_the_secret_alone() -> None:
    rendered = objects(selection("dev", {"SHOP_DB_PASSWORD": "a: \"quoted\" 'one' {{ x }}"}))
    assert rendered["Secret", "db"]["stringData"]["password"] == "a: \"quoted\" 'one' {{ x }}"
    assert [key for key, value in rendered.items() if "quoted" in str(value)] == [("Secret", "db")]


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_pods_must_ask_for_little_drop_their_rights_and_never_pull_what_is_there(environment: str) -> None:
    for (kind, name), found in objects(selection(environment)).items():
        if kind not in WORKLOADS:
            continue
        pod = found["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert container["imagePullPolicy"] == "IfNotPresent"
            assert set(container["resources"]["requests"]) == {"cpu", "memory"}
            assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
            assert container["securityContext"]["allowPrivilegeEscalation"] is False


def test_whatever_serves_must_say_when_it_is_ready() -> None:
    for (kind, name), found in objects(selection("dev")).items():
        if kind in ("Deployment", "StatefulSet"):
            assert all("readinessProbe" in container for container in found["spec"]["template"]["spec"]["containers"]), name
