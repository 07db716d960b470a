# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an app's folder to manifests: files, partials, engines, variables, objects, digest."""

from __future__ import annotations

from collections import UserString
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._model import MISSING, Origin, ValueSource, Variable
from ansible_collections.roro.kube.plugins.module_utils._render import RenderCache, context, render_instance
from ansible_collections.roro.kube.plugins.module_utils._render.files import _pattern
from ansible_collections.roro.kube.plugins.module_utils._render.near_names import nearest
from ansible_collections.roro.kube.plugins.module_utils._render.plain_data import plain

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n"
DB_HOST = ValueSource("dbHost", "db.example.com/v1", "Database", "main", None, None, "$.status.host", MISSING)


def names(objects: list[dict[str, Any]]) -> list[str]:
    return [one["metadata"]["name"] for one in objects]


def test_files_must_be_rendered_sorted_and_hidden_ones_and_partials_left_out(app: Any) -> None:
    for name in ("b.yaml", "a/z.yml", "c.yaml.j2", ".hidden.yaml", ".git/x.yaml", "_part.yaml", "_parts/x.yaml", "notes.txt"):
        app.write(name, MAP.format(Path(name).name[0]))
    app.write("a/y.json", '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "json"}}')
    assert names(app.objects()) == ["json", "z", "b", "c"]


def test_include_must_choose_files_by_glob(app: Any) -> None:
    for name in ("a.yaml", "b.yaml", "deep/er/c.yaml"):
        app.write(name, MAP.format(Path(name).stem))
    assert names(app.objects(include=("*.yaml",))) == ["a", "b"]
    assert names(app.objects(include=("deep/**",))) == ["c"]
    assert names(app.objects(include=("**/[bc].yaml",))) == ["b", "c"]
    assert names(app.objects(include=("**/[!bc].yaml",))) == ["a"]
    assert app.objects(include=("none/*",)) == []


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("**/*.yaml", "a.yaml", True),
        ("**/*.yaml", "a/b/c.yaml", True),
        ("*.yaml", "a/b.yaml", False),
        ("a/**", "a/b/c", True),
        ("?.yaml", "a.yaml", True),
        ("?.yaml", "ab.yaml", False),
        ("[a-c].y", "b.y", True),
        ("[", "[", True),
        ("a.yaml", "axyaml", False),
    ],
)
def test_a_glob_must_match_as_documented(glob: str, path: str, matches: bool) -> None:
    assert bool(_pattern(glob).fullmatch(path)) is matches


def test_one_file_may_be_named_instead_of_a_folder(app: Any) -> None:
    path = app.write("all.yaml.j2", MAP.format("{{ app }}") + "---\n" + MAP.format("{{ instance }}-2"))
    assert names(app.objects(path=path)) == ["x", "x-2"]


def test_a_missing_folder_must_be_an_error_and_an_empty_one_give_nothing(app: Any) -> None:
    assert app.objects() == []
    assert "does not exist" in app.problem(path=app.manifests / "nothing").message


def test_lists_must_be_flattened_and_empty_documents_skipped(app: Any) -> None:
    item = "apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: %s}\n"
    app.write("a.yaml", "---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n- " + item % "a" + "- " + item % "b" + "---\n{}\n")
    app.write("b.yaml", "apiVersion: v1\nkind: ConfigMapList\nitems:\n- " + item % "c")
    app.write("c.yaml", "apiVersion: v1\nkind: List\n")
    app.write("d.json", "")
    assert names(app.objects()) == ["a", "b", "c"]


def test_a_list_in_a_list_must_be_flattened(app: Any) -> None:
    app.write("a.yaml", "kind: List\nitems:\n- kind: List\n  items:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n")
    assert names(app.objects()) == ["a"]


def test_the_engine_must_be_chosen_by_suffix_or_by_name(app: Any) -> None:
    app.write("a.yaml", MAP.format("a") + 'data: {x: "{{ app }}"}\n')
    app.write("b.yaml.j2", MAP.format("b") + 'data: {x: "{{ app }}"}\n')
    assert [one["data"]["x"] for one in app.objects()] == ["{{ app }}", "x"]
    assert [one["data"]["x"] for one in app.objects(engine="jinja2")] == ["x", "x"]
    assert [one["data"]["x"] for one in app.objects(engine="raw")] == ["{{ app }}", "{{ app }}"]


@pytest.mark.parametrize(
    ("engine", "message", "hint"),
    [
        ("jinja", "there is no template engine jinja", "Did you mean jinja2?"),
        ("mustache", "there is no template engine mustache", "Available engines"),
    ],
)
def test_an_engine_that_is_not_there_must_be_told_with_those_that_are(app: Any, engine: str, message: str, hint: str) -> None:
    problem = app.problem(engine=engine)
    assert message in problem.message
    assert hint in (problem.hint or "")


def test_variables_must_be_plain_data(app: Any) -> None:
    class Text(str):
        pass

    instance = app.instance({"a": Text("x"), "b": (1, 2), "c": {"d": True, "e": None}})
    found = context(instance)
    assert type(found["a"]) is str
    assert found["b"] == [1, 2]
    assert found["c"] == {"d": True, "e": None}
    for bad in (object(), b"x", {1}, UserString("x")):
        with pytest.raises(RenderError, match="which templates cannot use"):
            context(app.instance({"a": {"b": bad}}))
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    with pytest.raises(RenderError, match="nested deeper"):
        plain(deep, "deep")


def test_a_value_must_win_over_the_documents_and_lose_to_the_command_line(app: Any) -> None:
    assert context(app.instance({"dbHost": "document"}), {"dbHost": "cluster"})["dbHost"] == "cluster"
    assert context(app.instance({"dbHost": "typed"}, layer="command line"), {"dbHost": "cluster"})["dbHost"] == "typed"
    assert context(app.instance(), {"namespace": "other"})["namespace"] == "w-dev"
    assert context(app.instance(), revision=7)["revision"] == 7


def test_values_must_reach_templates_and_their_absence_be_explained(app: Any) -> None:
    app.write("a.yaml.j2", MAP.format("a") + "data: {host: {{ dbHost }}}\n")
    instance = app.instance(values=(DB_HOST,))
    assert render_instance(instance, values={"dbHost": "db.local"}).manifests[0].object["data"] == {"host": "db.local"}
    problem = app.problem(values=(DB_HOST,))
    assert problem.message == "dbHost has no value yet"
    assert "read from the cluster (Database main, $.status.host)" in (problem.hint or "")


def test_the_revision_must_be_explained_when_it_is_not_known(app: Any) -> None:
    app.write("a.yaml.j2", MAP.format("a-{{ revision }}"))
    assert "would change with every run" in (app.problem().hint or "")
    assert render_instance(app.instance(), revision=3).manifests[0].ref.name == "a-3"


def test_the_digest_must_change_with_every_input_and_with_nothing_else(app: Any, tmp_path: Path) -> None:
    app.write("a.yaml.j2", MAP.format("a") + "{% include '_b.yaml' %}")
    partial = app.write("_b.yaml", "data: {}\n")
    first = app.render({"image": "a"})
    assert app.render({"image": "a"}).digest == first.digest
    assert first.inputs == {app.manifests / "a.yaml.j2", partial}
    assert app.render({"image": "b"}).digest != first.digest
    partial.write_text("data: {a: b}\n")
    assert app.render({"image": "a"}).digest != first.digest


def test_compiled_templates_must_be_reused_while_their_content_is_the_same(app: Any, tmp_path: Path) -> None:
    cache = RenderCache(tmp_path, size=2)
    file = app.write("a.yaml.j2", MAP.format("{{ app }}"))
    for number in range(3):
        render_instance(app.instance({"number": number}), cache=cache)
    assert (cache.hits, cache.misses) == (2, 1)
    file.write_text(MAP.format("{{ app }}-2"))
    assert render_instance(app.instance(), cache=cache).manifests[0].ref.name == "x-2"
    for name in ("b", "c", "d"):
        app.write(f"{name}.yaml.j2", MAP.format(name))
    assert names([one.object for one in render_instance(app.instance(), cache=cache).manifests]) == ["x-2", "b", "c", "d"]


def test_compiled_templates_on_disk_must_be_private_and_hold_no_variable(app: Any, tmp_path: Path) -> None:
    directory = tmp_path / "cache"
    directory.mkdir(mode=0o700)
    app.write("a.yaml.j2", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: {{ password }}}\n")
    for count in (0, 1):
        cache = RenderCache(directory)
        found = render_instance(app.instance({"password": "hunter2"}), cache=cache).manifests[0].object
        assert found["stringData"] == {"p": "hunter2"}
        assert cache.hits == count
    (entry,) = directory.iterdir()
    assert entry.stat().st_mode & 0o077 == 0
    assert b"hunter2" not in entry.read_bytes()


def test_a_damaged_or_missing_cache_must_only_cost_time(app: Any, tmp_path: Path) -> None:
    app.write("a.yaml.j2", MAP.format("{{ app }}"))
    render_instance(app.instance(), cache=RenderCache(tmp_path))
    (entry,) = tmp_path.glob("*.code")
    for damage in (b"", b"x" * 100, entry.read_bytes()[:-1]):
        entry.write_bytes(damage)
        assert names([one.object for one in render_instance(app.instance(), cache=RenderCache(tmp_path)).manifests]) == ["x"]
    gone = RenderCache(tmp_path / "gone")
    assert names([one.object for one in render_instance(app.instance(), cache=gone).manifests]) == ["x"]


def test_the_cache_on_disk_must_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._render.cache.MAX_FILES", 4)
    cache = RenderCache(tmp_path)
    for number in range(6):
        cache.code((str(number),), lambda: compile("1", "x", "eval"))
    cache.tidy()
    assert len(list(tmp_path.iterdir())) == 3


def test_a_run_that_adds_nothing_to_the_cache_must_not_look_through_its_folder(
    app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.write("a.yaml.j2", MAP.format("{{ app }}"))
    render_instance(app.instance(), cache=RenderCache(tmp_path))
    monkeypatch.setattr(Path, "glob", lambda *_: pytest.fail("the folder was listed"))
    again = RenderCache(tmp_path)
    assert names([one.object for one in render_instance(app.instance(), cache=again).manifests]) == ["x"]
    again.tidy()


def test_a_manifest_must_know_its_file_and_line(app: Any) -> None:
    file = app.write("a.yaml", "# first\n" + MAP.format("a") + "---\n" + MAP.format("b"))
    manifests = app.render().manifests
    assert [(manifest.source.file, manifest.source.line) for manifest in manifests] == [(file, 2), (file, 7)]
    assert str(manifests[0].ref) == "ConfigMap a"


def test_problems_of_all_files_must_be_told_at_once(app: Any) -> None:
    app.write("a.yaml.j2", "{{ one }}")
    app.write("b.yaml.j2", "{{ two }}")
    assert [problem.message for problem in app.problems()] == ["variable one is not defined", "variable two is not defined"]


def test_problems_of_all_objects_must_be_told_at_once(app: Any) -> None:
    app.write("a.yaml", "kind: ConfigMap\nmetadata: {name: a, labels: {a: 1, b: true}}\n---\n- x\n---\nkind: [\n")
    app.write("b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A}\n")
    messages = [problem.message for problem in app.problems()]
    assert len(messages) == 6, messages


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [("dbhost", ["dbHost"], "dbHost"), ("db_host", ["db-host"], "db-host"), ("imge", ["image", "x"], "image"), ("zzz", ["image", 1], None)],
)
def test_the_nearest_name_must_be_found(name: str, known: list[Any], expected: str | None) -> None:
    assert nearest(name, known) == expected


def test_files_that_are_no_text_must_be_told(app: Any) -> None:
    (app.manifests / "a.yaml").write_bytes(b"a: 1\nb: \xff\n")
    problem = app.problem()
    assert "not UTF-8" in problem.message
    assert (problem.where or "").endswith("a.yaml:2")


def test_a_byte_order_mark_must_be_ignored(app: Any) -> None:
    (app.manifests / "a.yaml").write_bytes(b"\xef\xbb\xbf" + MAP.format("a").encode())
    assert names(app.objects()) == ["a"]


def test_variables_must_not_be_shared_between_renders(app: Any) -> None:
    instance = app.instance()
    instance.variables["items"] = Variable([1], Origin("app"))
    assert context(instance)["items"] is not instance.variables["items"].value
