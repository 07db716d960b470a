# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Tera and Handlebars do in an app: files read, places of faults, options, helpers, compiled once."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._render import ENGINES
from ansible_collections.roro.kube.plugins.module_utils._render.cache import RenderCache
from ansible_collections.roro.kube.plugins.module_utils._render.files import AppFiles
from ansible_collections.roro.kube.plugins.module_utils._render.handlebars import machine as machine_module
from ansible_collections.roro.kube.plugins.module_utils._render.handlebars import script as script_module
from ansible_collections.roro.kube.plugins.module_utils._render.types import RenderedFile, RenderRequest

TOP = Path(__file__).parents[3]
VARIABLES = {
    "image": "web:1",
    "replicas": 2,
    "env": {"B": "2", "A": "1"},
    "db": {"host": "db", "port": 5432},
    "big": 9007199254740993,
    "empty": "",
    "none": None,
    "ports": [80, 443],
}


def render(app: Any, engine: str, template: str, cache: RenderCache | None = None, name: str = "t", **options: Any) -> RenderedFile:
    suffix = {"tera": "tera", "handlebars": "hbs"}[engine]
    file = app.write(f"{name}.{suffix}", template)
    source = app.instance(engine=engine, options=options).manifests
    request = RenderRequest(source, (file,), AppFiles(app.folder), VARIABLES, cache or RenderCache(), {"token": "it is read later"})
    app.request = request
    return ENGINES[engine].render(request)[0]


def problem(app: Any, engine: str, template: str, **options: Any) -> tuple[str, str, str]:
    """(message, place after the folder's name, hint)."""
    with pytest.raises(RenderError) as caught:
        print(render(app, engine, template, **options).text)
    (found,) = caught.value.problems
    return found.message, (found.where or "").rpartition("/")[2], found.hint or ""


FAULTS = [
    ("tera", "a\n{{ imge }}", "variable imge is not defined", "t.tera:2:4", "Did you mean image?"),
    ("tera", "{{ db.hst }}", "variable db.hst is not defined", "t.tera:1:4", "Did you mean host?"),
    ("tera", "{{ token }}", "token has no value yet", "t.tera:1:4", "It is read later."),
    ("tera", "a\n  {% for x in imag %}{% endfor %}", "variable imag is not defined", "t.tera:2:15", "Did you mean image?"),
    ("tera", "{% include 'nofile' %}", "there is no template nofile", "t.tera:1:1", "Names count from"),
    ("tera", "{{ image | divisible }}", "there is no filter divisible", "t.tera:1:12", "Tera 1 has"),
    ("tera", "{{ image | str }}", "there is no filter str", "t.tera:1:12", "belongs to Tera 2"),
    ("tera", "{{ image is divisible_by(2) }}", "there is no test divisible_by", "t.tera:1:4", "Tera 1, which has divisibleby"),
    ("tera", "{{ image?.tag }}", "this is Tera 2 syntax", "t.tera:1:9", "docs/engines/tera.md"),
    ("tera", "{% component x %}", "this is Tera 2 syntax: components", "t.tera:1:4", "Tera 1"),
    ("tera", "a\n{{ replicas + }}", "template syntax", "t.tera:2:15", "Correct"),
    ("tera", "{{ env | upper }}", "filter upper: the value must be text, it is a map", "t.tera:1:10", "types"),
    ("handlebars", "a\n{{imge}}", "variable imge is not defined", "t.hbs:2:3", "Did you mean image?"),
    ("handlebars", "{{db.hst}}", "there is no hst here", "t.hbs:1:6", "Did you mean host?"),
    ("handlebars", "{{dbs.host}}", "what host is looked up in is not defined", "t.hbs:1", "Check the name"),
    ("handlebars", "{{token}}", "token has no value yet", "t.hbs:1:3", "It is read later."),
    ("handlebars", "{{#each ports}}\n{{imge}}{{/each}}", "what imge is looked up in is not defined", "t.hbs:2", "Check"),
    ("handlebars", "{{#if (eq imge 'x')}}{{/if}}", "variable imge is not defined", "t.hbs:1:7", "Did you mean image?"),
    ("handlebars", "a\n{{nosuch image}}", "there is no helper nosuch", "t.hbs:2:3", "The helpers are"),
    ("handlebars", "a\n\n{{#if image}}", "the template ends too early", "t.hbs:3", "Correct"),
    ("handlebars", "a\n{{> nofile}}", "there is no partial nofile", "t.hbs:2", "_nofile.hbs"),
    ("handlebars", "{{indent image}}", "helper indent needs 2 arguments", "t.hbs:1:1", ""),
]


@pytest.mark.parametrize(("engine", "template", "message", "place", "hint"), FAULTS)
def test_a_fault_must_be_told_with_its_place_and_the_nearest_name(
    app: Any, engine: str, template: str, message: str, place: str, hint: str
) -> None:
    found = problem(app, engine, template)
    assert message in found[0]
    assert found[1].startswith(place)
    assert hint in found[2]


@pytest.mark.parametrize(
    ("engine", "part", "use"),
    [("tera", "ok\n{{ imge }}", '{% include "_part.tera" %}'), ("handlebars", "ok\n{{imge}}", "{{> part}}")],
)
def test_a_fault_in_a_part_must_be_told_at_the_part(app: Any, engine: str, part: str, use: str) -> None:
    app.write("_part.tera" if engine == "tera" else "_part.hbs", part)
    assert problem(app, engine, f"x {use}")[1].startswith("_part")
    assert ":2:" in problem(app, engine, f"x {use}")[1]


@pytest.mark.parametrize(("engine", "use"), [("tera", '{% include "_part.tera" %}'), ("handlebars", "{{> part}}")])
def test_every_file_that_was_read_must_be_known(app: Any, engine: str, use: str) -> None:
    part = app.write("_part.tera" if engine == "tera" else "_part.hbs", "part")
    app.write("_other.tera", "not read")
    assert render(app, engine, f"<{use}>").text == "<part>"
    assert set(app.request.app.inputs) == {part, app.request.files[0]}


@pytest.mark.parametrize(
    ("engine", "template"),
    [
        ("tera", "one\n{% for p in ports %}\np: {{ p }}\n{% endfor %}\n\n{{ image }} end\n"),
        ("handlebars", "one\n{{#each ports}}\np: {{this}}\n{{/each}}\n\n{{image}} end\n"),
    ],
)
def test_a_rendered_line_must_lead_to_its_line_of_the_template(app: Any, engine: str, template: str) -> None:
    rendered = render(app, engine, template)
    lines = rendered.text.split("\n")
    wanted = {"p: 443": 3, "web:1 end": 6, "one": 1}
    for text, line in wanted.items():
        found = rendered.locate(lines.index(text) + 1, 1)
        assert found is not None
        assert (found.file.suffix, found.line) == (app.request.files[0].suffix, line), text


@pytest.mark.parametrize("engine", ["tera", "handlebars"])
def test_a_template_must_be_compiled_once_for_each_content(app: Any, engine: str, tmp_path: Path) -> None:
    cache = RenderCache(tmp_path)
    for _ in range(3):
        assert render(app, engine, "{{ image }}", cache).text == "web:1"
    assert (cache.hits, cache.misses) == (2, 1)
    again = RenderCache(tmp_path)
    assert render(app, engine, "{{ image }}", again).text == "web:1"
    assert (again.hits, again.misses) == (1, 0), "kept on disk"
    assert render(app, engine, "{{ replicas }}", again).text == "2"


HELPERS = {
    "{{eq image 'web:1'}} {{eq replicas '2'}} {{ne replicas 3}}": "true false true",
    "{{lt 1 2}} {{lte 2 2}} {{gt 1 2}} {{gte 2 2}}": "true true false true",
    "{{#eq image 'x'}}y{{else}}n{{/eq}}{{#ne image 'x'}}y{{/ne}}": "ny",
    "{{and image replicas}} {{and empty replicas}}| {{not empty}} {{not image}}": "2 | true false",
    "{{or empty image}} {{or nosuch none 'x'}}": "web:1 x",
    "{{#and image replicas}}y{{else}}n{{/and}}{{#or empty none}}y{{else}}n{{/or}}{{#not empty}}y{{/not}}": "yny",
    "{{default nosuch 'd'}} {{default empty 'e'}} {{default none replicas}} {{default image 'x'}}": "d e 2 web:1",
    "{{default nosuch empty 'z'}}": "z",
    "{{toJson env}} {{toJson ports 2}} {{toJson big}} {{toJson none}}": '{"B":"2","A":"1"} [\n  80,\n  443\n] 9007199254740993 null',
    "{{toYaml env}}|{{toYaml big}}|{{toYaml image}}": "A: '1'\nB: '2'|9007199254740993|web:1",
    "{{indent 'a\n\nb' 2}}|{{nindent 'a' 1}}": "  a\n\n  b|\n a",
    "{{b64enc image}} {{b64enc 'ü✓😀'}}": "d2ViOjE= w7zinJPwn5iA",
    "{{lookup db 'host'}} {{lookup ports 1}} {{big}} {{#if big}}y{{/if}}": "db 443 9007199254740993 y",
    "{{#if (and (eq image 'web:1') (not (gt replicas 2)))}}y{{/if}}": "y",
    '<{{image}}> & "': '<web:1> & "',
    "{{log image}}{{#if nosuch}}x{{/if}}{{#unless nosuch}}y{{/unless}}": "y",
}


@pytest.mark.parametrize(("template", "text"), HELPERS.items(), ids=range(len(HELPERS)))
def test_a_helper_must_give_what_its_page_says(app: Any, template: str, text: str) -> None:
    assert render(app, "handlebars", template).text == text


@pytest.mark.parametrize("helper", ["toJson", "toYaml", "b64enc", "eq 1", "indent 4"])
def test_what_is_undefined_must_be_an_error_in_a_helper_unless_the_app_says_otherwise(app: Any, helper: str) -> None:
    assert "nosuch is not defined" in problem(app, "handlebars", "{{" + helper + " nosuch}}")[0]
    given = "{{indent nosuch 4}}" if helper == "indent 4" else "{{" + helper + " nosuch}}"
    render(app, "handlebars", given, strict=False)


def test_options_must_change_strictness_and_escaping(app: Any) -> None:
    assert render(app, "handlebars", "[{{nosuch}}{{nosuch.deep}}]", strict=False).text == "[]"
    assert render(app, "handlebars", "{{default nosuch '<'}}", escape=True).text == "&lt;"
    assert render(app, "handlebars", "{{toJson env}}", escape=True).text == '{"B":"2","A":"1"}'
    assert "has no option strct" in problem(app, "handlebars", "x", strct=True)[0]
    assert "must be true or false" in problem(app, "handlebars", "x", strict="no")[0]
    assert "tera has no option strict" in problem(app, "tera", "x", strict=True)[0]


@pytest.mark.parametrize("place", ["labels", "labels.hbs", "_labels.hbs", "_partials/labels.hbs", "partials/labels.hbs"])
def test_a_partial_must_be_found_where_its_page_says(app: Any, place: str) -> None:
    app.write(place, "found {{image}}")
    assert render(app, "handlebars", "{{> labels}}").text == "found web:1"
    assert render(app, "handlebars", "{{> (default nosuch 'labels')}}").text == "found web:1"


def test_without_handlebars_js_or_dukpy_the_error_must_say_how_to_get_it(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, script_module.__name__.replace(".script", "._script"), None)
    with pytest.raises(RenderError, match=r"handlebars\.js is not part of this checkout"):
        script_module.script()
    monkeypatch.setitem(sys.modules, "dukpy", None)
    with pytest.raises(RenderError, match="dukpy is not installed"):
        machine_module._interpreter()


def test_the_build_must_say_what_is_missing_without_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("vendor_handlebars", TOP / "scripts" / "vendor_handlebars.py")
    assert spec is not None and spec.loader is not None
    vendor = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(vendor)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(vendor.NotFetched, match="npm"):
        vendor.fetch()
    assert vendor.is_there()
    assert "Permission is hereby granted" in vendor.LICENCE.read_text()
