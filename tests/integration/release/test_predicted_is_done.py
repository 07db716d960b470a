"""`--check` must say exactly what the run then does, and a second run must change nothing: predictions.yaml, on the real cluster.

All cases are instances of one workspace, so that the whole corpus costs a handful of runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError, RoroError
from ansible_collections.roro.kube.plugins.module_utils._release import RunResult

Case = dict[str, Any]
CASES: list[Case] = yaml.safe_load((Path(__file__).parent / "predictions.yaml").read_text())
KINDS = [
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "ResourceQuota"),
    ("v1", "Namespace"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("networking.k8s.io/v1", "Ingress"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
]
STATUS_BY_CONTROLLERS = ("ResourceQuota", "HorizontalPodAutoscaler")
"""Kinds without a generation."""


@pytest.fixture
def rooms(world: Any) -> Iterator[Any]:
    """The world, and afterwards none of the namespaces that cases brought."""
    yield world
    world.down(volumes=True, wait=False)
    for name in (f"{world.name}-rooms", f"{world.name}-new"):
        world.cluster.delete(world.cluster.resource("v1", "Namespace"), None, name)


def wanted(world: Any, case: Case, when: str) -> list[Any]:
    """The instances of a case before or after."""
    named = json.loads(json.dumps(case[when]).replace("@", world.name))
    homes = case.get("namespaces", {}).get(when, {})
    return [
        world.desired(world.instance(name, namespace=homes.get(name, "@").replace("@", world.name)), *manifests)
        for name, manifests in named.items()
    ]


def interfere(world: Any, case: Case) -> None:
    """What others do meanwhile."""
    for deed in case.get("meanwhile", ()):
        api_version, _, kind = deed["kind"].rpartition("/")
        resource = world.cluster.resource(api_version, kind)
        if "create" in deed:
            body = deed["create"]
            world.cluster.create(resource, {**body, "metadata": {**body["metadata"], "namespace": world.name}})
        elif "patch" in deed:
            world.cluster.merge_patch(resource, world.name, deed["name"], deed["patch"])
        else:
            world.cluster.delete(resource, world.name, deed["name"])


def told(result: RunResult) -> list[tuple[str, ...]]:
    """Every record of a run but its duration."""
    return sorted(
        (instance.instance, item.action, item.kind, item.namespace, item.name, item.cause, item.error)
        for instance in result.instances
        for item in instance.actions
    )


def versions(world: Any) -> dict[str, str]:
    """UID and resourceVersion of everything that the workspace has. Records are left out: they note what became ready meanwhile."""
    selector, found = f"roro.dev/workspace={world.name},!roro.dev/record", {}
    for api_version, kind in KINDS:
        for item in world.cluster.list(world.cluster.resource(api_version, kind), selector=selector).items:
            metadata = item["metadata"]
            found[f"{kind} {metadata.get('namespace')}/{metadata['name']}"] = f"{metadata['uid']} {_content(item)}"
    return found


def _content(item: dict[str, Any]) -> str:
    """The generation where controllers write into the status all the time, what a manifest can say where such a kind has none, else the
    resourceVersion."""
    metadata = item["metadata"]
    if "status" in item and metadata.get("generation"):
        return f"generation {metadata['generation']}"
    if item["kind"] in STATUS_BY_CONTROLLERS:
        return str((metadata.get("labels"), metadata.get("annotations"), item.get("spec")))
    return str(metadata["resourceVersion"])


def guarded(world: Any, case: Case, result: RunResult) -> None:
    """The case shows what its name says."""
    names = {name for when in ("before", "after") for name in case[when]}
    done = {(item.action, f"{item.kind}/{item.name}") for each in result.instances if each.instance in names for item in each.actions}
    for thing, action in case.get("expect", {}).items():
        assert (action, thing.replace("@", world.name)) in done, (case["case"], done)
    for entry in case.get("expect_all", ()):
        assert tuple(entry.split(" ")) in done, (case["case"], done)
    failed = [item.error for each in result.instances if each.instance in names for item in each.actions if item.error]
    assert bool(failed) == ("fails" in case), (case["case"], failed)
    assert all(re.search(case["fails"], words) for words in failed), failed


def test_what_is_predicted_must_be_what_is_done_and_a_second_run_must_change_nothing(rooms: Any) -> None:
    cases = [case for case in CASES if "refused" not in case]
    assert len(cases) >= 30
    before = rooms.up(*(item for case in cases for item in wanted(rooms, case, "before")), wait=False)
    assert not before.failed, before
    for case in cases:
        interfere(rooms, case)
    after = [item for case in cases for item in wanted(rooms, case, "after")]

    untouched = versions(rooms)
    predicted = rooms.up(*after, wait=False, check=True)
    assert versions(rooms) == untouched
    done = rooms.up(*after, wait=False)

    assert told(predicted) == told(done)
    assert (predicted.changed, predicted.failed) == (done.changed, done.failed) == (True, True)
    assert [item.changed for item in predicted.instances] == [item.changed for item in done.instances]
    planned = {(step["instance"], step["kind"], step["name"]) for step in (predicted.plan or {})["steps"]}
    assert {(record[0], record[2], record[4]) for record in told(done) if record[2] != "Namespace"} <= planned
    for case in cases:
        guarded(rooms, case, done)

    well = [item for case in cases if "fails" not in case for item in wanted(rooms, case, "after")]
    broken = {name for case in cases if "fails" in case for name in case["after"]}
    steady = versions(rooms)
    again = rooms.up(*well, wait=False, left_out=frozenset(broken))
    assert not again.changed, [record for record in told(again) if record[1] != "unchanged"]
    assert dict(versions(rooms).items() ^ steady.items()) == {}


def test_what_is_refused_must_be_refused_by_check_and_run_in_the_same_words_without_a_write(world: Any) -> None:
    cases = [case for case in CASES if "refused" in case]
    world.up(*(item for case in cases for item in wanted(world, case, "before")), world.desired("other"), wait=False)
    for case in cases:
        interfere(world, case)
    untouched = versions(world)
    for case in cases:
        words = []
        for check in (True, False):
            with pytest.raises(RoroError) as refusal:
                world.up(*wanted(world, case, "after"), wait=False, check=check, complete=False)
            assert isinstance(refusal.value, PlanError)
            words.append(str(refusal.value))
        assert words[0] == words[1]
        assert re.search(case["refused"], words[0]), words[0]
    assert versions(world) == untouched
