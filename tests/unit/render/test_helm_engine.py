# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Helm chart must render as `helm template` renders it, with the instance's variables as values, and reach nothing but itself."""

from __future__ import annotations

import io
import os
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._model import ValuesFile
from ansible_collections.roro.kube.plugins.module_utils._render import ClusterFacts, RenderCache, lint_instance, render_instance
from ansible_collections.roro.kube.plugins.module_utils._render import commands as bounded
from ansible_collections.roro.kube.plugins.module_utils._render.engines import helm as helm_engine
from ansible_collections.roro.kube.plugins.module_utils._secrets import secret
from engine_folders import SETTINGS, chart, documents, helm_command, said, write_tree


@pytest.fixture(autouse=True)
def helm() -> Path:
    """The command itself."""
    return helm_command()


def data(app: Any, variables: Any = None, **options: Any) -> dict[str, Any]:
    (found,) = app.objects(variables, **options)
    return dict(found["data"])


def test_a_chart_must_be_seen_without_being_named(app: Any) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS})
    (found,) = app.render().manifests
    assert found.object["metadata"]["name"] == "x-settings"
    assert found.source.file == app.manifests / "templates" / "settings.yaml"


def test_a_chart_must_render_as_helm_template_does(app: Any, helm: Path) -> None:
    folder = chart(
        app.manifests,
        {
            "a.yaml": SETTINGS + "---\n" + SETTINGS.replace("settings", "second"),
            "_helpers.tpl": '{{ define "n" }}{{ .Release.Namespace }}-{{ .Chart.Version }}{{ end }}',
            "b.yaml": "kind: Secret\napiVersion: v1\nmetadata: {name: s, labels: {v: {{ include `n` . | quote }} }}\nstringData: {a: b}",
            "job.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: pre-install}}\nspec: {}",
        },
    )
    write_tree(folder, {"crds/c.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: c.d.e}\n"})
    theirs = said(helm, "template", "x", folder, "--namespace", "w-dev", "--include-crds", "--kube-version", helm_engine.DEFAULT_KUBERNETES)
    ours = sorted(app.objects(), key=lambda item: (item["kind"], item["metadata"]["name"]))
    assert len(ours) == 5
    assert ours == documents(theirs)


def test_an_archive_must_render_as_its_folder_does(app: Any, tmp_path: Path) -> None:
    folder = chart(tmp_path / "web", {"settings.yaml": SETTINGS, "NOTES.txt": "hello"})
    packed = app.folder / "web-0.1.0.tgz"
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(folder, "web")
    rendered = app.render(path=packed)
    assert rendered.manifests[0].object["data"] == {"mode": "fast"}
    assert rendered.manifests[0].source.file == packed / "templates" / "settings.yaml"
    assert (rendered.notes, rendered.inputs) == ("hello", {packed})


def test_variables_must_be_stronger_than_values_files_and_those_than_the_chart(app: Any) -> None:
    template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {{ .Values.d | toJson }}"
    chart(app.manifests, {"a.yaml": template}, values='d: {a: "1", b: "1", c: "1", e: "1"}')
    write_tree(app.folder, {"values.yaml": 'd: {b: "2", c: "2"}', "values-dev.yaml": 'd: {c: "3", e: null}'})
    files = (ValuesFile("values.yaml"), ValuesFile("values-{{ environment }}.yaml"), ValuesFile("no.yaml", required=False))
    assert data(app, {"d": {"c": "4"}}, files=files) == {"a": "1", "b": "2", "c": "4"}


def test_a_values_file_that_is_missing_must_be_told(app: Any) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS})
    with pytest.raises(RenderError, match=r"values-dev\.yaml: there is no values file values-dev\.yaml"):
        app.objects(files=(ValuesFile("values-{{ environment }}.yaml"),))


def test_a_values_file_outside_the_app_must_be_refused(app: Any) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS})
    (app.folder.parent / "other.yaml").write_text("mode: slow")
    with pytest.raises(RenderError, match="outside the app's folder"):
        app.objects(files=(ValuesFile("../other.yaml"),))


def test_computed_variables_must_not_become_values_unless_named(app: Any) -> None:
    template = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {v: {{ .Values | keys | sortAlpha | join "," | quote }} }'
    chart(app.manifests, {"a.yaml": template})
    assert data(app, {"color": "red"}) == {"v": "color,mode"}
    assert data(app, {"color": "red"}, options={"variables": False}) == {"v": "mode"}
    assert data(app, {"color": "red"}, options={"variables": ["environment"]}) == {"v": "environment,mode"}


def test_the_cluster_must_be_seen_as_it_was_handed_in(app: Any) -> None:
    template = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  version: {{ .Capabilities.KubeVersion.Version }}\n"
        '  has: {{ .Capabilities.APIVersions.Has "db.example.com/v1/Database" | quote }}'
    )
    chart(app.manifests, {"a.yaml": template})
    facts = ClusterFacts("v1.31.2", ("db.example.com/v1", "db.example.com/v1/Database"))
    (manifest,) = render_instance(app.instance(), cache=RenderCache(), cluster=facts).manifests
    assert manifest.object["data"] == {"version": "v1.31.2", "has": "true"}
    assert data(app) == {"version": helm_engine.DEFAULT_KUBERNETES, "has": "false"}


def test_lookup_must_give_nothing(app: Any) -> None:
    template = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {v: {{ lookup "v1" "Namespace" "" "default" | len | quote }} }'
    chart(app.manifests, {"a.yaml": template})
    assert data(app) == {"v": "0"}


def test_notes_must_be_told_and_be_no_manifest(app: Any) -> None:
    notes = '{{ define "web.q" }}"quoted" \\ {{ end }}Open {{ include "web.q" . }}{{ .Release.Name }} \U0001f600\n{{ .Values.mode }}\n'
    chart(app.manifests, {"settings.yaml": SETTINGS, "NOTES.txt": notes})
    rendered = app.render()
    assert len(rendered.manifests) == 1
    assert rendered.notes == 'Open "quoted" \\ x \U0001f600\nfast\n'


def test_a_key_that_is_there_twice_must_be_taken_as_helm_takes_it(app: Any) -> None:
    chart(app.manifests, {"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: one, a: two}"})
    assert data(app) == {"a": "two"}


ERRORS = {
    "nil": ("a: 1\nb: {{ .Values.no.such }}", "templates/e.yaml:2:", "<.Values.no.such>: nil pointer evaluating"),
    "in an included template": ('{{ include "deep" . }}', "templates/_deep.tpl:2:", "<.Values.no.such>: nil pointer evaluating"),
    "fail": ('a: 1\n{{ fail "not like this" }}', "templates/e.yaml:2:3", "the chart says: not like this"),
    "required": ('{{ required "give a host" .Values.host }}', "templates/e.yaml:1:3", "the chart says: give a host"),
    "syntax": ("a: 1\n{{ if }}", "templates/e.yaml:2", "template syntax: missing value for if"),
    "no function": ("{{ nosuch }}", "templates/e.yaml:1", 'function "nosuch" not defined'),
    "no template": ('{{ include "nosuch" . }}', "templates/e.yaml:1:3", 'no template "nosuch"'),
    "yaml": ("a: 1\nb: c: d", "templates/e.yaml (line 2 of the rendered text)", "mapping values are not allowed"),
    "no kind": ("a: 1", "templates/e.yaml", "apiVersion is missing"),
}


@pytest.mark.parametrize(("template", "where", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_an_error_must_be_told_at_the_charts_own_file(app: Any, template: str, where: str, message: str) -> None:
    chart(app.manifests, {"e.yaml": template, "_deep.tpl": '{{ define "deep" }}\n{{ .Values.no.such }}{{ end }}'})
    problem = app.problems()[0]
    assert message in problem.message
    assert (problem.where or "").startswith(str(app.manifests / where))
    assert problem.hint


def test_a_dependency_that_is_not_vendored_must_be_told_with_the_way_to_do_it(app: Any) -> None:
    more = "dependencies: [{name: redis, version: 1.0.0, repository: 'https://charts.example'}]\n"
    chart(app.manifests, {"settings.yaml": SETTINGS}, more=more)
    problem = app.problem()
    assert problem.message == "this chart needs others that are not in its folder: redis"
    assert f"helm dependency build {app.manifests}" in problem.hint


def test_a_vendored_dependency_must_be_rendered(app: Any, tmp_path: Path) -> None:
    more = "dependencies: [{name: redis, version: 0.1.0, repository: 'https://charts.example'}]\n"
    chart(app.manifests, {"settings.yaml": SETTINGS}, more=more)
    sub = chart(tmp_path / "redis", {"s.yaml": SETTINGS.replace("-settings", "-redis")})
    (sub / "Chart.yaml").write_text("apiVersion: v2\nname: redis\nversion: 0.1.0\n")
    (app.manifests / "charts").mkdir()
    with tarfile.open(app.manifests / "charts" / "redis-0.1.0.tgz", "w:gz") as archive:
        archive.add(sub, "redis")
    assert sorted(item["metadata"]["name"] for item in app.objects()) == ["x-redis", "x-settings"]


def test_values_that_the_schema_refuses_must_be_told(app: Any) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS})
    write_tree(app.manifests, {"values.schema.json": '{"properties": {"mode": {"type": "string"}}, "additionalProperties": false}'})
    problem = app.problem({"mode": 3, "team": "web"})
    assert "mode" in problem.message
    assert "team" in problem.message
    assert "manifests.options.variables" in problem.hint


def test_a_chart_for_another_kubernetes_must_be_told(app: Any) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS}, more='kubeVersion: ">=1.99"\n')
    assert "this chart is for Kubernetes >=1.99, not v1.34.0" in app.problem().message


@pytest.mark.parametrize("reference", ["https://schemas.example/x.json", "file:///etc/hostname", "other.json"])
def test_a_schema_that_refers_elsewhere_must_be_refused(app: Any, reference: str) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS})
    write_tree(app.manifests, {"values.schema.json": f'{{"properties": {{"mode": {{"$ref": "{reference}"}}}}}}'})
    assert f"this schema refers to {reference}" in app.problem().message


@pytest.mark.parametrize("dialect", ["file:///etc/hostname", "https://schemas.example/x.json"])
def test_a_schema_in_a_dialect_that_would_be_opened_must_be_refused(app: Any, dialect: str) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS})
    write_tree(app.manifests, {"values.schema.json": f'{{"$schema": "{dialect}"}}'})
    assert f"this schema refers to {dialect}" in app.problem().message


@pytest.mark.parametrize("dialect", ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"])
def test_a_schema_in_a_known_dialect_must_be_used(app: Any, dialect: str) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS})
    write_tree(app.manifests, {"values.schema.json": f'{{"$schema": "{dialect}", "type": "object"}}'})
    assert data(app, {"mode": "x"}) == {"mode": "x"}


UNREADABLE = {
    "no UTF-8": b'"\xff"',
    "a number of more digits than Python reads": b"1" * 4301,
    "deep nesting": b"[" * 2000 + b"]" * 2000,
}


@pytest.mark.parametrize("value", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_schema_that_helm_reads_and_the_check_does_not_must_be_refused(app: Any, value: bytes) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS})
    (app.manifests / "values.schema.json").write_bytes(b'{"$ref": "file:///etc/hostname", "examples": ' + value + b"}")
    assert app.problem().message.startswith(("this schema is not valid JSON", "this schema refers to"))  # newer Pythons read deeper


def packed_chart(name: str, files: dict[str, bytes]) -> bytes:
    """The archive of a chart, its files below `name/`."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for path, text in {"Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n".encode(), **files}.items():
            info = tarfile.TarInfo(f"{name}/{path}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
    return target.getvalue()


def test_what_go_alone_sees_in_an_archive_must_not_reach_helm(app: Any) -> None:
    """Helm takes a backslash for a separator, and files of a type that Python skips."""
    chart(app.manifests, {"settings.yaml": SETTINGS})
    template = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: seen}\n"
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, text, kind in (
            ("sub/Chart.yaml", b"apiVersion: v2\nname: sub\nversion: 0.1.0\n", tarfile.REGTYPE),
            ("sub\\values.schema.json", b'{"$ref": "file:///etc/hostname"}', tarfile.REGTYPE),
            ("sub/templates/a.yaml", template, b"Z"),
        ):
            info = tarfile.TarInfo(name)
            info.size, info.type = len(text), kind
            archive.addfile(info, io.BytesIO(text))
    (app.manifests / "charts").mkdir()
    (app.manifests / "charts" / "sub.tgz").write_bytes(target.getvalue())
    assert [item["metadata"]["name"] for item in app.objects()] == ["x-settings"]


def test_archives_in_archives_must_be_counted_together(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._render.helm.chart.MAX_BYTES", 1 << 20)
    chart(app.manifests, {"settings.yaml": SETTINGS})
    inner = {f"charts/{number}.tgz": packed_chart("b", {"x": b"0" * 400_000}) for number in range(3)}
    (app.manifests / "charts").mkdir()
    (app.manifests / "charts" / "a.tgz").write_bytes(packed_chart("a", inner))
    assert "this chart holds more than 1 MiB" in app.problem().message


def test_archives_nested_without_end_must_be_refused(app: Any) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS})
    nested = packed_chart("a", {})
    for _ in range(12):
        nested = packed_chart("a", {"charts/a.tgz": nested})
    (app.manifests / "charts").mkdir()
    (app.manifests / "charts" / "a.tgz").write_bytes(nested)
    assert app.problem().message == "the charts in this chart are nested too deeply"


def test_what_an_archive_skips_must_count_as_unpacked(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._render.helm.chart.MAX_BYTES", 1 << 16)
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._render.helm.chart.MAX_FILES", 10)
    packed = app.folder / "web.tgz"
    packed.write_bytes(packed_chart("web", {"../x": b"0" * 100_000}))
    assert "this chart holds more than" in app.problem(path=packed).message


@pytest.mark.parametrize(
    "names", [("a", "a/b"), ("a/b", "a"), ("n" * 300,), ("\udcff",)], ids=["below a file", "over a folder", "long", "bytes"]
)
def test_names_that_cannot_be_written_must_end_with_an_error_or_be_passed_on(app: Any, names: tuple[str, ...]) -> None:
    packed = app.folder / "web.tgz"
    packed.write_bytes(packed_chart("web", {**dict.fromkeys(names, b"x"), "templates/settings.yaml": SETTINGS.encode()}))
    if names == ("\udcff",):
        assert data(app, {"mode": "x"}, path=packed) == {"mode": "x"}
    else:
        assert "of this chart cannot be written" in app.problem(path=packed).message


def test_a_link_that_leads_outside_the_app_must_be_refused(app: Any) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS})
    (app.manifests / "templates" / "passwd").symlink_to("/etc/passwd")
    assert "leads outside the app's folder" in app.problem().message


def test_an_archive_must_not_write_or_read_outside(app: Any) -> None:
    packed = app.folder / "web.tgz"
    with tarfile.open(packed, "w:gz") as archive:
        for name, text in {
            "web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0",
            "web/templates/settings.yaml": SETTINGS,
            "web/../../../evil": "x",
            "/web/evil": "x",
        }.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("web/files/passwd")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    (found,) = app.objects({"mode": "x"}, path=packed)
    assert found["data"] == {"mode": "x"}


def test_a_chart_of_which_everything_is_switched_off_must_render_nothing(app: Any) -> None:
    chart(app.manifests, {"settings.yaml": "{{ if .Values.extra }}" + SETTINGS + "{{ end }}"})
    assert app.objects({"extra": False}) == []
    assert [one["kind"] for one in app.objects({"extra": True})] == ["ConfigMap"]


ATTACKS = {
    "long list": "{{ range until 40000000 }}{{ end }}",
    "long text": '{{ repeat 300000000 "x" }}',
    "endless template": '{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}',
    "long loop": "{{ range until 3000 }}{{ range until 3000 }}{{ $x := printf `%d` . }}{{ end }}{{ end }}",
    "big output": '{{ $a := repeat 100000 "x" }}{{ range until 20 }}# {{ $a }}\n{{ end }}',
    "file by path": '{{ if not (.Files.Get "/etc/passwd") }}{{ fail "nothing there" }}{{ end }}',
    "file above": '{{ if not (.Files.Get "../../app.json") }}{{ fail "nothing there" }}{{ end }}',
    "environment": '{{ env "HOME" }}',
    "host name": '{{ if not (getHostByName "localhost") }}{{ fail "nothing there" }}{{ end }}',
}


@pytest.mark.parametrize("template", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_hostile_chart_must_end_with_an_error(app: Any, template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tight = bounded.Bounds(cpu_seconds=2, wall_seconds=120, memory=256 * bounded.MIB, output=bounded.MIB)
    monkeypatch.setattr(bounded, "COMMAND_BOUNDS", tight)
    chart(app.manifests, {"e.yaml": template})
    for problem in app.problems():
        assert str(app.manifests) in (problem.where or "") or "went over a limit" in problem.message
        assert "goroutine" not in problem.message


def test_the_users_own_helm_must_not_be_seen(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / "called"
    plugin = write_tree(
        tmp_path / "plugins",
        {"evil/plugin.yaml": f"name: evil\nversion: 0.1.0\ncommand: touch {marker}\nhooks: {{}}\n"},
    )
    for name, value in {"HELM_PLUGINS": str(plugin), "HELM_NAMESPACE": "other", "HELM_DEBUG": "true", "KUBECONFIG": "/nonexistent"}.items():
        monkeypatch.setenv(name, value)
    template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {v: {{ .Release.Namespace }} }"
    chart(app.manifests, {"a.yaml": template})
    assert data(app) == {"v": "w-dev"}
    assert not marker.exists()


def test_secrets_must_not_be_on_the_command_line_or_readable(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    real = bounded.run_bounded

    def spy(argv: Any, *, folder: Path, environment: Any, what: str) -> Any:
        modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("variables.json")}
        seen.append((" ".join(map(str, argv)), repr(environment), modes, stat.S_IMODE(folder.stat().st_mode)))
        return real(argv, folder=folder, environment=environment, what=what)

    monkeypatch.setattr(helm_engine, "run_bounded", spy)
    chart(app.manifests, {"e.yaml": "a: {{ fail .Values.password }}"})
    problem = app.problem({"password": "hunter2hunter2"})
    ((argv, environment, modes, folder_mode),) = seen
    assert "hunter2" not in argv + environment + str(problem)
    assert (modes, folder_mode) == ({0o600}, 0o700)


HIDDEN_IN = {"a marked variable": {"text": secret("hunter2-and-more-of-it")}, "a name": {"text": "x", "apiToken": "hunter2-and-more-of-it"}}


@pytest.mark.parametrize("variables", HIDDEN_IN.values(), ids=HIDDEN_IN)
@pytest.mark.parametrize(
    "message",
    [
        'printf "%s%s" (repeat 390 "x") (.Values.apiToken | default .Values.text)',
        'printf "%s%s" (repeat 11 "line\\n") (.Values.apiToken | default .Values.text)',
        'printf "%s%q" (repeat 385 "x") (.Values.apiToken | default .Values.text)',
    ],
    ids=["cut in a line", "cut after lines", "quoted"],
)
def test_a_secret_must_be_hidden_before_the_message_is_cut(app: Any, variables: dict[str, Any], message: str) -> None:
    chart(app.manifests, {"e.yaml": f"a: {{{{ fail ({message}) }}}}"})
    assert "hunt" not in str(app.problem(variables))


def test_a_secret_of_several_lines_must_be_hidden_though_lines_of_the_message_go(app: Any) -> None:
    chart(app.manifests, {"e.yaml": "a: {{ fail .Values.text }}"})
    problem = app.problem({"text": secret("WARNING: alpha-line\nbeta-line\ngamma-line")})
    assert not any(part in str(problem) for part in ("alpha-line", "beta-line", "gamma-line"))


def test_a_secret_must_be_hidden_in_what_the_linter_says(app: Any) -> None:
    chart(app.manifests, {"e.yaml": '{{ include (printf "%s%s" (repeat 215 "x") .Values.text) . }}'})
    advice = lint_instance(app.instance({"text": secret("hunter2-and-more-of-it")}))
    assert any("xxx" in one.message for one in advice)
    assert "hunt" not in str(advice)


def test_a_result_must_be_kept_until_something_that_goes_in_changes(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    real = helm_engine.run_bounded
    monkeypatch.setattr(helm_engine, "run_bounded", lambda *args, **options: (runs.append("run"), real(*args, **options))[1])
    chart(app.manifests, {"settings.yaml": SETTINGS})

    def render(variables: Any = None, **options: Any) -> Any:
        return render_instance(app.instance(variables), cache=RenderCache(tmp_path), **options).manifests[0].object["data"]["mode"]

    assert [render(), render(), len(runs)] == ["fast", "fast", 1]
    assert [render({"mode": "x"}), len(runs)] == ["x", 2]
    assert [render(cluster=ClusterFacts("v1.30.0")), len(runs)] == ["fast", 3]
    chart(app.manifests, {"settings.yaml": SETTINGS}, values="mode: slow\n")
    assert [render(), len(runs)] == ["slow", 4]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.text")} == {0o600}


def test_what_a_secret_went_into_must_not_be_kept_on_disk(app: Any, tmp_path: Path) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS})
    cache = tmp_path / "cache"
    cache.mkdir()
    render_instance(app.instance({"password": "hunter2"}), cache=RenderCache(cache))
    render_instance(app.instance({"text": secret("hunter2")}), cache=RenderCache(cache))
    render_instance(app.instance({"text": "x"}, layer="system environment"), cache=RenderCache(cache))
    render_instance(app.instance(), values={"text": "x"}, cache=RenderCache(cache))
    assert list(cache.glob("*.text")) == []
    render_instance(app.instance({"text": "x"}), cache=RenderCache(cache))
    assert len(list(cache.glob("*.text"))) == 1


def test_every_file_of_the_chart_must_be_an_input(app: Any) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS, "_helpers.tpl": ""})
    (app.folder / "v.yaml").write_text("{}")
    rendered = app.render(files=(ValuesFile("v.yaml"),))
    names = {os.path.relpath(path, app.folder) for path in rendered.inputs}
    below = {"Chart.yaml", "values.yaml", "templates/settings.yaml", "templates/_helpers.tpl"}
    assert names == {"v.yaml", *(f"manifests/{name}" for name in below)}


def test_helm_lint_must_be_told(app: Any) -> None:
    chart(app.manifests, {"settings.yaml": SETTINGS, "bad.yaml": "a: {{ if }}"})
    advice = lint_instance(app.instance())
    assert ("error", True) in {(one.severity, "missing value for if" in one.message) for one in advice}
    assert any(one.severity == "info" and "icon" in one.message for one in advice)


def test_without_helm_the_error_must_say_what_to_install(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm_engine, "find_command", lambda _name: None)
    chart(app.manifests, {"settings.yaml": SETTINGS})
    problem = app.problem()
    assert "helm is missing" in problem.message
    assert "helm.sh" in problem.hint
