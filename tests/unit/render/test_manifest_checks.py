# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is accepted as a manifest, what is refused, and that no message shows a secret."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._render import RenderCache, render_instance
from ansible_collections.roro.kube.plugins.module_utils._secrets import secret


def manifest(kind: str = "ConfigMap", version: str = "v1", name: Any = "a", **more: Any) -> dict[str, Any]:
    metadata = more.pop("metadata", {})
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **metadata}, **more}


def pod_template(value: Any) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "a"}},
        "spec": {"containers": [{"name": "c", "env": [{"name": "A", "value": value}, {"name": "B"}]}]},
    }


GOOD = {
    "dots in a name": manifest("CustomResourceDefinition", "apiextensions.k8s.io/v1", "widgets.example.com"),
    "colons for roles": manifest("ClusterRole", "rbac.authorization.k8s.io/v1", "system:node"),
    "own namespace": manifest(metadata={"namespace": "w-dev"}),
    "allowed namespace": manifest(metadata={"namespace": "monitoring"}),
    "no labels": manifest(metadata={"labels": None, "annotations": None}),
    "null values": manifest(metadata={"annotations": {"a": None}}, data={"a": None}),
    "label forms": manifest(metadata={"labels": {"app.kubernetes.io/name": "a_b.c-D", "empty": ""}}),
    "long annotation": manifest(metadata={"annotations": {"a": "x" * 1000}}),
    "folded base64": manifest("Secret", data={"a": "aGVs\nbG8="}, stringData={"b": "plain"}),
    "env text": manifest("Deployment", "apps/v1", spec={"template": pod_template("1")}),
    "odd workload": manifest("Deployment", "apps/v1", spec={"template": {"spec": {"containers": [None, {"env": None}, {"env": [None]}]}}}),
    "custom pod": manifest("CronJob", "batch/v1", spec=None),
    "same name, other kind": [manifest(), manifest("Secret")],
    "same name, other group": [manifest("Ingress", "networking.k8s.io/v1"), manifest("Ingress", "example.com/v1")],
    "same name, other namespace": [manifest(), manifest(metadata={"namespace": "monitoring"})],
}


@pytest.mark.parametrize("objects", GOOD.values(), ids=GOOD.keys())
def test_what_kubernetes_accepts_must_be_accepted(app: Any, objects: Any) -> None:
    objects = objects if isinstance(objects, list) else [objects]
    app.write("a.yaml", yaml.safe_dump_all(objects))
    assert app.objects(namespaces=("monitoring",)) == objects


BAD = {
    "version no text": ({**manifest(), "apiVersion": 1}, "apiVersion must be text, it is a number"),
    "version form": ({**manifest(), "apiVersion": "apps/v1/x"}, "apiVersion has a wrong form"),
    "kind form": (manifest("Config Map"), "kind has a wrong form"),
    "kind list": (manifest(["ConfigMap"]), "kind must be text, it is a list"),  # type: ignore[arg-type]
    "no metadata": ({"apiVersion": "v1", "kind": "ConfigMap"}, "metadata is missing"),
    "metadata text": ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": "x"}, "metadata must be a map, it is text"),
    "role name": (manifest("Role", "rbac.authorization.k8s.io/v1", "a/b"), "not a name that Kubernetes accepts"),
    "service name with dots": (manifest("Service", name="a.b"), "not a name that Kubernetes accepts"),
    "long name": (manifest(name="a" * 254), "not a name that Kubernetes accepts"),
    "empty namespace": (manifest(metadata={"namespace": ""}), "metadata.namespace must be text, it is empty"),
    "namespace number": (manifest(metadata={"namespace": 5}), "metadata.namespace must be text, it is a number"),
    "other namespace": (manifest(metadata={"namespace": "kube-system"}), "namespace kube-system is not this instance's namespace w-dev"),
    "labels list": (manifest(metadata={"labels": ["a"]}), "metadata.labels must be a map, it is a list"),
    "label key": (manifest(metadata={"labels": {"a b": "x"}}), "has a key that Kubernetes does not accept: a b"),
    "label prefix": (manifest(metadata={"labels": {"A_b/c": "x"}}), "has a key that Kubernetes does not accept"),
    "label value": (manifest(metadata={"labels": {"a": "x y"}}), "metadata.labels.a is not a label value"),
    "long label value": (manifest(metadata={"labels": {"a": "x" * 64}}), "metadata.labels.a is not a label value"),
    "annotation map": (manifest(metadata={"annotations": {"a": {"b": "c"}}}), "metadata.annotations.a must be text, it is a map"),
    "template label": (
        manifest("Job", "batch/v1", spec={"template": {"metadata": {"labels": {"a": True}}}}),
        "spec.template.metadata.labels.a must be text, it is a boolean",
    ),
    "env of a cron job": (
        manifest("CronJob", "batch/v1", spec={"jobTemplate": {"spec": {"template": pod_template(False)}}}),
        "spec.jobTemplate.spec.template.spec.containers[0].env[0].value must be text, it is a boolean",
    ),
    "secret number": (manifest("Secret", stringData={"a": 1.5}), "stringData.a must be text, it is a number"),
}


@pytest.mark.parametrize(("document", "message"), BAD.values(), ids=BAD.keys())
def test_what_kubernetes_refuses_must_be_refused_before_anything_is_touched(app: Any, document: dict[str, Any], message: str) -> None:
    app.write("a.yaml", yaml.safe_dump(document))
    problem = app.problem()
    assert message in problem.message
    assert "a.yaml:" in (problem.where or "")
    assert problem.hint


def test_a_problem_in_json_must_have_its_line(app: Any) -> None:
    app.write("a.json", '{\n  "apiVersion": "v1",\n  "kind": "ConfigMap",\n  "metadata": {\n    "name": 5\n  }\n}\n')
    assert (app.problem().where or "").endswith("a.json:5")


def test_a_problem_in_json_that_is_no_yaml_must_still_be_told(app: Any) -> None:
    app.write("a.json", '{\n\t"kind": "ConfigMap",\n\t"metadata": {"name": "a"}\n}\n')
    problem = app.problem()
    assert "apiVersion is missing" in problem.message
    assert "a.json" in (problem.where or "")


def test_items_that_are_no_list_must_be_told(app: Any) -> None:
    app.write("a.yaml", "kind: List\nitems: x\n")
    assert "items of a List must be a list" in app.problem().message


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  a: hunter2: x\n",
        "apiVersion: v1\nkind: 'Secret'\nmetadata: {name: s}\nstringData:\n  a: hunter2: x\n",
        '{"kind": "Secret", "stringData": {"a": hunter2}}',
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata:\n  a: {{ dbPassword }}: x\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata:\n  a: {{ login.token }}: x\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: 'hunter2!'}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s, labels: {a: '{{ dbPassword }} x'}}\n",
        "{{ dbPassword | int(base=40) }}",
        "{{ dbPassword | from_json }}",
        "{{ [dbPassword][dbPassword] }}",
    ],
)
def test_no_message_may_show_a_secret(app: Any, text: str) -> None:
    app.write("a.yaml.j2", text)
    for problem in app.problems({"dbPassword": "hunter2", "login": {"token": "hunter2"}}):
        assert "hunter2" not in str(problem)


@pytest.mark.parametrize("used", ["{{ pw }}", "{{ pw | b64encode }}", "{{ dsn }}"])
@pytest.mark.parametrize("as_value", [True, False], ids=["from the cluster", "given"])
def test_a_line_that_is_cut_must_not_show_the_beginning_of_a_secret(app: Any, used: str, as_value: bool) -> None:
    app.write("a.yaml.j2", f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: s}}\ndata: {{x: {'y' * 96}, n: {used}}}\n")
    marked, other = {"pw": secret("hunter2-and-more")}, {"dsn": "{{ pw }}"}
    instance = app.instance(other if as_value else {**marked, **other})
    with pytest.raises(RenderError) as caught:
        render_instance(instance, values=marked if as_value else None, cache=RenderCache())
    text = str(caught.value)
    assert "not valid YAML" in text
    assert "hunt" not in text and "aHVu" not in text


def test_the_line_of_the_template_must_be_found_through_loops_includes_and_macros(app: Any) -> None:
    app.write("_lib.j2", "{% macro labels(n) %}\n  labels:\n    k: {{ n }}\n{% endmacro %}\n")
    app.write(
        "a.yaml.j2",
        "{% import '_lib.j2' as lib %}\n{% for n in [1, 2] %}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a{{ n }}\n"
        "{{ lib.labels(n) }}\n{% endfor %}\n",
    )
    assert [(problem.where or "").rpartition("/")[2] for problem in app.problems()] == ["_lib.j2:3", "_lib.j2:3"]


def test_a_line_must_be_found_although_a_filter_moved_the_text(app: Any) -> None:
    app.write(
        "a.yaml.j2",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n{% set block %}\nx: a\ny: 1\n{% endset %}\n"
        "  labels:{{ block | indent(4) }}\n",
    )
    assert (app.problem().where or "").endswith("a.yaml.j2:7")


def test_when_the_template_line_cannot_be_found_the_rendered_one_must_be_told(app: Any) -> None:
    app.write("a.yaml.j2", "{% set t %}a\nb{% endset %}\n{% if t | length == 3 %}\nkind: ConfigMap\nmetadata: {name: a}\n{% endif %}\n")
    assert (app.problem().where or "").endswith("a.yaml.j2 (line 3 of the rendered text)")
