"""Whatever a person reads names the files of the workspace relative to its folder, as docs/documents.md says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils import _workflow as workflow
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, RenderError, RoroError, UsageError, ValueFailed
from ansible_collections.roro.kube.plugins.module_utils._model import MISSING, Place, ValueSource, below, told_below
from ansible_collections.roro.kube.plugins.module_utils._values import Answer, Wanted
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request
from ansible_collections.roro.kube.plugins.module_utils._workflow.values import settled

CORPUS = Path(__file__).parents[2] / "corpus" / "broken"
FOLDERS = sorted(path.parent for path in CORPUS.glob("*/expected.yaml"))
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
CHART = "apiVersion: v2\nname: web\nversion: 0.1.0\n"


def workspace(root: Path, files: dict[str, str]) -> Request:
    """A workspace with an app `api`; a request for its environment `dev`."""
    known = {"workspace.json": json.dumps({"version": 1, "name": "shop"}), "environments/dev/environment.json": "{}"}
    for name, text in {**known, "apps/api/app.json": "{}", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return Request(root, "dev", connection=Connection(host="http://127.0.0.1:9"))


def refused(request: Request) -> RoroError:
    with pytest.raises(RoroError) as caught:
        workflow.render(request)
    return caught.value


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_mistake_of_a_workspace_may_be_told_with_an_absolute_path(folder: Path) -> None:
    expected = yaml.safe_load((folder / "expected.yaml").read_text())
    error = refused(Request(folder, "dev", profiles=("*",)))
    assert str(folder) not in str(error)
    assert any((problem.where or "").startswith(expected["where"]) for problem in error.problems)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"apps/api/manifests/a.yaml.tera": '{% include "zz" %}'},
            "from apps/api/manifests, then from apps/api;",
        ),
        ({"apps/api/manifests/a.yaml.hbs": "{{> zz}}"}, "apps/api/manifests/a.yaml.hbs:1"),
        (
            {"apps/api/app.json": '{"variables": {"x": "{{ y }}", "y": "{{ x }}"}}', "apps/api/manifests/a.yaml": MAP},
            "x at apps/api/app.json:1:16; y at apps/api/app.json:1:32",
        ),
        (
            {"apps/api/manifests/kustomization.yaml": "resources: [gone.yaml]"},
            "apps/api/manifests/kustomization.yaml",
        ),
        (
            {"apps/api/manifests/Chart.yaml": CHART, "apps/api/manifests/templates/a.yaml": '{{ fail "no" }}'},
            "apps/api/manifests/templates/a.yaml:1",
        ),
        (
            {
                "apps/api/app.json": '{"manifests": {"engine": "helm", "values": ["gone.yaml"]}}',
                "apps/api/manifests/Chart.yaml": CHART,
            },
            "apps/api/gone.yaml",
        ),
    ],
    ids=["tera", "handlebars", "variables", "kustomize", "helm", "values file"],
)
def test_every_engine_must_tell_files_below_the_workspace(tmp_path: Path, files: dict[str, str], told: str) -> None:
    error = refused(workspace(tmp_path, files))
    assert told in str(error)
    assert str(tmp_path) not in str(error)
    assert isinstance(error, RenderError)


def test_a_manifest_must_say_where_it_is_from_below_the_workspace(tmp_path: Path) -> None:
    _selection, (found,) = workflow.render(workspace(tmp_path, {"apps/api/manifests/a.yaml": MAP}))
    assert str(found.result.manifests[0].source) == "apps/api/manifests/a.yaml:1:1"


def test_a_value_must_be_told_where_its_document_asks_for_it(tmp_path: Path) -> None:
    document = tmp_path / "apps/api/app.json"
    workspace(tmp_path, {"apps/api/app.json": '{"values": {"x": 1}}'})
    source = ValueSource("x", "v1", "ConfigMap", "site", None, None, "$.x", default=MISSING, place=Place(document, ("values", "x")))
    with pytest.raises(ValueFailed) as caught, told_below(tmp_path):
        settled([Answer(Wanted("api", "shop", source), reason="NotFound", message="it is not there")])
    assert caught.value.problems[0].where == "apps/api/app.json:1:13"


def test_a_variable_must_be_explained_with_files_below_the_workspace(tmp_path: Path) -> None:
    files = {
        "workspace.json": json.dumps({"version": 1, "name": "shop", "variables": {"x": 1}}),
        "apps/api/app.json": json.dumps(
            {"variables": {"x": 2}, "values": {"y": {"resource": {"apiVersion": "v1", "kind": "ConfigMap", "name": "a"}, "path": "$.x"}}}
        ),
        "apps/api/manifests/a.yaml": MAP,
    }
    found = workflow.config(workspace(tmp_path, files), explain=True).variables["api"].items
    assert str(found["x"].origin) == "app (apps/api/app.json:1:16)"
    assert [str(origin) for _value, origin in found["x"].overridden] == ["workspace (workspace.json:1:46)"]
    assert str(found["y"].origin).startswith("app (apps/api/app.json:1:")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/w/shop/apps/a.yaml:3:1: no", "apps/a.yaml:3:1: no"),
        ("from /w/shop/apps, then from /w/shop.", "from apps, then from the workspace's folder."),
        ("'/w/shop/a' and \"/w/shop/b\"", "'a' and \"b\""),
        ("/home/w/shop/a /w/shop2/b ./w/shop/c /w/shop-2", "/home/w/shop/a /w/shop2/b ./w/shop/c /w/shop-2"),
    ],
)
def test_only_what_lies_in_the_workspace_may_be_shortened(text: str, shown: str) -> None:
    assert below(Path("/w/shop"), text) == shown


def test_an_error_must_stay_what_it_is_when_its_files_are_told_otherwise() -> None:
    def raised(error: RoroError) -> Any:
        with pytest.raises(type(error)) as caught, told_below(Path("/w")):
            raise error
        return caught.value

    refusal = raised(ApiError("no", status=403, reason="Forbidden", where="/w/a", hint="See /w/b."))
    assert (refusal.status, refusal.problems[0].where, refusal.problems[0].hint, str(refusal)) == (403, "a", "See b.", "a: no\n  See b.")
    assert str(raised(UsageError("no"))) == "no"
