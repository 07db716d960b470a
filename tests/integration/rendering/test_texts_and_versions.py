# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts arrive as they are written; what a cluster does not serve is told with what it serves instead."""

from __future__ import annotations

from typing import Any

import pytest

ODD = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x1F600, 0x10FFFF]))


def config(data: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "texts", "annotations": {"example.com/text": ODD}}, "data": data}


@pytest.mark.parametrize("file", ["all.json", "all.yaml"])
def test_every_character_that_json_can_say_must_arrive_and_a_second_up_change_nothing(site: Any, file: str) -> None:
    site.app("texts", config({"odd": ODD, "curly": "it\u0092s"}), file=file)

    assert not [item for item in site.check().instances if item.status == "Failed"]
    site.up()

    live = site.get("v1", "ConfigMap", "texts")
    assert live["data"] == {"odd": ODD, "curly": "it\u0092s"}
    assert live["metadata"]["annotations"]["example.com/text"] == ODD
    assert not site.up().changed


def test_texts_that_templates_quote_must_arrive(site: Any) -> None:
    site.write("apps/texts/app.json", {"variables": {"text": "it\u0092s\u2028so"}})
    data = "data: {quoted: {{ text | quote }}, json: {{ [text] | to_json | quote }}}\n"
    site.write("apps/texts/manifests/a.yaml.j2", f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: texts}}\n{data}")

    site.up()

    assert site.get("v1", "ConfigMap", "texts")["data"]["quoted"] == "it\u0092s\u2028so"


def test_versions_that_are_gone_must_be_told_with_the_one_that_is_served(site: Any) -> None:
    budget = {"spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "x"}}}}
    kinds = {
        ("policy/v1beta1", "PodDisruptionBudget"): "policy/v1",
        ("extensions/v1beta1", "Ingress"): "networking.k8s.io/v1",
        ("batch/v1beta1", "CronJob"): "batch/v1",
        ("apps/v1beta2", "Deployment"): "apps/v1",
    }
    site.app("old", *({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, **budget} for version, kind in kinds))
    site.app("new", {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "y"}, **budget})

    problems = site.refusals()

    told = {problem.message.partition(" serve ")[2]: problem.hint for problem in problems}
    assert told == {
        f"{kind} of {version}; {served} {kind} is": f"Write apiVersion {served} there." for (version, kind), served in kinds.items()
    }
    assert all("apps/old/manifests/all.json" in problem.where for problem in problems)
