# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same Namespace or CustomResourceDefinition in several apps is one object that belongs to all of them, and goes with the last."""

from __future__ import annotations

from typing import Any

import pytest

SHARED = "roro.dev/shared-by"


def config(name: str, namespace: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": {"a": "b"}}


def namespace_of(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **({"labels": labels} if labels else {})}}


def definition(group: str) -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    names = {"kind": "Thing", "plural": "things", "singular": "thing"}
    spec = {
        "group": group,
        "scope": "Namespaced",
        "names": names,
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"things.{group}"},
        "spec": spec,
    }


@pytest.fixture
def both(site: Any) -> Any:
    """Apps a and b that bring the same namespace and the same definition."""
    extra, group = f"{site.name}-extra", f"{site.name}.example.com"
    for app in ("a", "b"):
        site.app(app, namespace_of(extra, team="x"), definition(group), config(app, extra), manifests={"namespaces": [extra]})
    site.extra, site.definition = extra, f"things.{group}"
    return site


def there(site: Any) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    definitions = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    return site.get("v1", "Namespace", site.extra, None), site.get(*definitions, site.definition, None)


def shared(live: dict[str, Any] | None) -> tuple[str | None, str | None]:
    """Who shares it, and whose alone it is."""
    assert live is not None
    metadata = live["metadata"]
    return (metadata.get("annotations") or {}).get(SHARED), metadata["labels"].get("roro.dev/instance")


def test_identical_ones_must_be_shared_and_stay_as_they_are(both: Any) -> None:
    assert {item.status for item in both.up().instances} == {"Running"}

    assert [shared(live) for live in there(both)] == [("a,b", None), ("a,b", None)]
    assert not both.up().changed
    assert not both.up("b").changed
    assert not both.up("a").changed
    assert both.get("v1", "Namespace", both.extra, None)["metadata"]["labels"]["team"] == "x"


@pytest.mark.parametrize(("first", "last"), [("a", "b"), ("b", "a")])
def test_what_is_shared_must_stay_until_the_last_goes(both: Any, first: str, last: str) -> None:
    both.up()

    both.down(first, volumes=True)
    namespace, defined = there(both)
    assert namespace is not None
    assert defined is not None
    assert "deletionTimestamp" not in namespace["metadata"]
    assert both.get("v1", "ConfigMap", last, both.extra) is not None
    assert not [item for item in both.up(last).instances if item.status != "Running"]

    both.down(last, volumes=True)
    assert there(both) == (None, None)


def test_an_app_that_leaves_the_environment_must_leave_it_to_the_other(both: Any) -> None:
    both.up()
    both.write("environments/dev/environment.json", {"instances": [{"app": "b"}]})

    predicted = both.check()
    done = both.up()

    assert [shared(live) for live in there(both)] == [(None, "b"), (None, "b")]
    told = [
        sorted((action.action, action.kind, action.name) for item in run.instances for action in item.actions) for run in (predicted, done)
    ]
    assert told[0] == told[1]
    assert not both.up().changed


def test_an_app_that_comes_later_must_share_what_the_other_has(both: Any) -> None:
    both.up("a")
    assert [shared(live) for live in there(both)] == [(None, "a"), (None, "a")]

    both.up("b")

    assert [shared(live) for live in there(both)] == [("a,b", None), ("a,b", None)]
    assert not both.up().changed


def test_different_ones_must_be_refused_when_rendered_with_both_places(both: Any) -> None:
    both.app("b", namespace_of(both.extra, team="y"))

    (problem,) = both.refusals(rendering=True)

    assert f"Namespace {both.extra} is made by instance b and by instance a (apps/a/manifests/all.json:1)" in problem.message
    assert problem.where.startswith("apps/b/manifests/all.json:1")
    assert "Make both the same" in problem.hint
    assert both.refusals() == (problem,)


def test_other_kinds_that_two_instances_make_must_be_refused_when_rendered(site: Any) -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": f"{site.name}-role"}, "rules": []}
    for app in ("a", "b"):
        site.app(
            app,
            role,
            {**config("same", site.name), "metadata": {"name": "same"}},
            namespace=f"{site.name}-{app}" if app == "a" else site.name,
        )
    site.write("apps/c/app.json", {"namespace": f"{site.name}-a"})
    site.write("apps/c/manifests/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: same\n")

    problems = site.refusals(rendering=True)

    assert [problem.where for problem in problems] == ["apps/b/manifests/all.json:1", "apps/c/manifests/a.yaml:4"]
    assert [problem.message.partition(" is made ")[0] for problem in problems] == [f"ClusterRole {site.name}-role", "ConfigMap same"]
    assert all("{{ instance }}" in problem.hint for problem in problems)
