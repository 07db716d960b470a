# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items of a list that the server cannot tell apart are told when they are rendered, with both places, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._render.merge_keys import BUILT_IN, Shape

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: main
          image: docker.io/library/roro-box:1
          env:
            - {name: MODE, value: a}
            - {name: MODE, value: b}
          ports:
            - {containerPort: 80}
            - {containerPort: 80, protocol: UDP}
            - containerPort: 80
              protocol: TCP
        - name: main
          image: docker.io/library/roro-box:1
"""


def paths(shape: Shape, path: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every list with keys in a shape."""
    if shape.keys is not None:
        yield path, shape.keys
    if shape.item is not None:
        yield from paths(shape.item, f"{path}[]")
    for name, below in shape.fields.items():
        yield from paths(below, f"{path}.{name}")


def served(definitions: Mapping[str, Any], schema: Mapping[str, Any], path: str = "", seen: tuple[str, ...] = ()) -> Iterator[Any]:
    """Every place in the server's OpenAPI, with the keys of a list, None for anything else."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name in seen or (not path and seen):
        return
    if name:
        schema, seen = definitions[name], (*seen, name)
    kind = schema.get("x-kubernetes-list-type")
    yield path, tuple(schema.get("x-kubernetes-list-map-keys") or ()) if kind in ("map", "set") else None
    if isinstance(schema.get("items"), dict):
        yield from served(definitions, schema["items"], f"{path}[]", seen)
    for field, below in (schema.get("properties") or {}).items():
        yield from served(definitions, below, f"{path}.{field}", seen)


def wanted(place: str) -> bool:
    """Whether a manifest may say something there that is not in every kind."""
    return not place.startswith((".status", ".metadata")) and ".metadata." not in place and ".status." not in place


def test_the_built_in_keys_must_be_those_of_the_server(cluster: Cluster) -> None:
    definitions = cluster.request("GET", "/openapi/v2")["definitions"]
    known: dict[tuple[str, str], set[Any]] = {}
    for schema in definitions.values():
        for gvk in schema.get("x-kubernetes-group-version-kind") or ():
            key = (gvk["group"], gvk["kind"])
            if (key[0].endswith((".k8s.io", "apps", "batch", "autoscaling", "policy")) or not key[0]) and not key[1].endswith("List"):
                known.setdefault(key, set()).update(item for item in served(definitions, schema) if wanted(item[0]))
    theirs = {key: {item for item in items if item[1] is not None} for key, items in known.items()}
    ours = {key: {item for item in paths(shape) if wanted(item[0])} for key, shape in BUILT_IN.items()}
    places = {key: {place for place, _keys in items} for key, items in known.items()}

    # A field that only another version of Kubernetes has is no place of this server.
    assert {key: theirs.get(key, set()) for key in ours} == {
        key: {item for item in items if item[0] in places.get(key, ())} for key, items in ours.items()
    }
    walked = {("", "ComponentStatus"), ("apiextensions.k8s.io", "CustomResourceDefinition")}  # read only; a schema in itself
    assert {key for key, items in theirs.items() if items} <= ours.keys() | walked


def test_items_that_cannot_be_told_apart_must_be_refused_with_both_places(site: Any) -> None:
    site.write("apps/api/app.json", {})
    site.write("apps/api/manifests/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first}\n")
    site.write("apps/api/manifests/b.yaml", DEPLOYMENT)

    problems = site.refusals(rendering=True)

    spec = "Deployment api: spec.template.spec.containers"
    file = "apps/api/manifests/b.yaml"
    assert [(problem.where, problem.message, problem.hint) for problem in problems] == [
        (f"{file}:20", f"{spec} has name main twice (instance api)", hint_of(f"{file}:10")),
        (f"{file}:14", f"{spec}[0].env has name MODE twice (instance api)", hint_of(f"{file}:13")),
        (f"{file}:18", f"{spec}[0].ports has containerPort 80, protocol TCP twice (instance api)", hint_of(f"{file}:16")),
    ]
    assert site.refusals() == problems


def hint_of(place: str) -> str:
    return f"The other one is at {place}: remove one of them, the server takes each once."


def test_keys_of_a_definition_in_another_app_must_count(site: Any) -> None:
    group = f"{site.name}.example.com"
    item = {"type": "object", "properties": {"host": {"type": "string"}, "port": {"type": "integer", "default": 80}}, "required": ["host"]}
    routes = {"type": "array", "items": item, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["host", "port"]}
    tags = {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}
    spec = {"type": "object", "properties": {"routes": routes, "groups": {"type": "object", "additionalProperties": tags}}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    names = {"kind": "Gate", "plural": "gates", "singular": "gate"}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
    definition = {"group": group, "scope": "Namespaced", "names": names, "versions": versions}
    kind = "CustomResourceDefinition"
    site.app(
        "operator", {"apiVersion": "apiextensions.k8s.io/v1", "kind": kind, "metadata": {"name": f"gates.{group}"}, "spec": definition}
    )
    gate = f"apiVersion: {group}/v1\nkind: Gate\nmetadata: {{name: main}}\nspec:\n"
    site.write("apps/site/app.json", {})
    fine = "  routes:\n    - {host: a}\n    - {host: a, port: 81}\n  groups:\n    x: [a, b]\n"
    site.write("apps/site/manifests/a.yaml", gate + fine)
    assert {item.status for item in site.up().instances} == {"Running"}
    site.down(volumes=True)
    site.write("apps/site/manifests/a.yaml", gate + "  routes:\n    - {host: a}\n    - {host: a, port: 80}\n  groups:\n    x: [a, b, a]\n")

    told = [(problem.where, problem.message) for problem in site.refusals(rendering=True)]

    assert told == [
        ("apps/site/manifests/a.yaml:7", "Gate main: spec.routes has host a, port 80 twice"),
        ("apps/site/manifests/a.yaml:9", "Gate main: spec.groups.x has a twice"),
    ]
