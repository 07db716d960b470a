# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several instances bring alike is one object in the plan, and goes with the last of them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError
from ansible_collections.roro.kube.plugins.module_utils._release.ownership.shared_objects import others_that_share, shared_by, sharers_of


def namespace(**labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "extra", "labels": labels}}


def test_an_object_of_two_instances_must_be_one_step_with_the_labels_of_the_environment(make: Any) -> None:
    wanted = [make.desired("a", namespace(team="x")), make.desired("b", namespace(team="x"))]

    (step,) = [step for step in make.planned(wanted, make.observed()).steps if step.ref.name == "extra"]

    assert (step.action, step.instance) == ("create", "a")
    assert step.desired["metadata"] == {
        "name": "extra",
        "labels": {"team": "x", "roro.dev/workspace": "shop", "roro.dev/environment": "dev"},
        "annotations": {"roro.dev/shared-by": "a,b"},
    }


def test_objects_that_differ_must_be_refused(make: Any) -> None:
    with pytest.raises(PlanError, match="is defined by instance b and by instance a"):
        make.planned([make.desired("a", namespace(team="x")), make.desired("b", namespace(team="y"))], make.observed())


def test_only_what_does_nothing_by_itself_must_be_shared(make: Any) -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "x"}}
    assert shared_by(namespace(), namespace())
    assert not shared_by(role, role)
    assert not shared_by(make.config(), make.config())


def test_sharers_must_be_those_of_an_object_that_is_nobodys_alone() -> None:
    place = {"roro.dev/workspace": "shop", "roro.dev/environment": "dev"}
    live = {"metadata": {"labels": place, "annotations": {"roro.dev/shared-by": "a,b"}}}
    assert sharers_of(live) == {"a", "b"}
    assert sharers_of({"metadata": {**live["metadata"], "labels": {**place, "roro.dev/instance": "a"}}}) == frozenset()
    assert sharers_of({"metadata": {"annotations": {"roro.dev/shared-by": "a"}}}) == frozenset()
    assert sharers_of(None) == frozenset()


def test_an_object_of_another_environment_must_not_be_shared(make: Any) -> None:
    live = namespace(**{"roro.dev/workspace": "shop", "roro.dev/environment": "prod", "roro.dev/instance": "a"})

    found = others_that_share(("", "Namespace", "", "extra"), ("shop", "dev"), make.observed(live, records=[make.record("a")]), ())

    assert found == frozenset()
