# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Handlebars template of a repository is untrusted: no prototypes, no way out of the interpreter, no files outside its app, no bombs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._render.cache import RenderCache
from ansible_collections.roro.kube.plugins.module_utils._render.files import AppFiles
from ansible_collections.roro.kube.plugins.module_utils._render.handlebars import session
from ansible_collections.roro.kube.plugins.module_utils._render.handlebars.machine import machine
from ansible_collections.roro.kube.plugins.module_utils._render.types import RenderRequest

VARIABLES = {"text": "abc", "number": 3, "items": list(range(30)), "config": {"a": 1}, "ten": list(range(10)), "name": "constructor"}
PROTOTYPES = [
    "{{constructor}}",
    "{{text.constructor}}",
    "{{config.__proto__}}",
    "{{config.__defineGetter__}}",
    "{{lookup config 'constructor'}}",
    "{{lookup config name}}",
    "{{items.map}}",
    "{{#with config}}{{__proto__}}{{/with}}",
    "{{#with text}}{{split}}{{/with}}",
    "{{#each config.constructor}}{{this}}{{/each}}",
    "{{this.constructor}}",
    "{{config.valueOf}}",
    "{{@root.constructor}}",
]
CALLS = [
    "{{constructor 'x'}}",
    "{{config.constructor 'x'}}",
    "{{text.repeat 5}}",
    "{{helperMissing 'x'}}",
    "{{blockHelperMissing 'x'}}",
    "{{__defineGetter__ 'a' 'b'}}",
    "{{roro 'x'}}",
    "{{call_python 'toYaml' 'x'}}",
    "{{require 'fs'}}",
    "{{#*inline2 'x'}}{{/inline2}}",
]
NESTED = "{{#each @root.items}}"
OVER = {
    "nested loops": NESTED * 2 + "x" + "{{/each}}" * 2,
    "nested loops that print nothing": NESTED * 2 + "{{/each}}" * 2,
    "long text": "{{#each items}}{{@root.items}}{{@root.items}}{{@root.items}}{{/each}}",
    "recursive partial": "{{> bomb.hbs}}",
    "branching partial": "{{#each @root.ten}}{{> bomb.hbs}}{{/each}}",
    "wide indent": "{{indent text 21}}",
    "many indents": "{{#each items}}{{indent (toJson @root.items 1) 20}}{{/each}}",
    "helpers in helpers": "{{#each items}}{{#each @root.items}}{{toJson this}}{{/each}}{{/each}}",
    "deep subexpressions": "{{toJson " + "(and " * 101 + "1" + ")" * 101 + "}}",
    "deep blocks": "{{#if number}}" * 101 + "{{/if}}" * 101,
    "sections": "{{#items}}{{#@root.items}}x{{/@root.items}}{{/items}}",
}
"""One step over bounds that the test sets, so that they are harmless wherever they are run."""


def text(app: Any, template: str, variables: dict[str, Any] | None = None, **options: Any) -> str:
    file = app.write("bomb.hbs", template)
    source = app.instance(engine="handlebars", options=options).manifests
    request = RenderRequest(source, (file,), AppFiles(app.folder), VARIABLES if variables is None else variables, RenderCache())
    return str(session.render_all(request)[0].text)


def refusal(app: Any, template: str, **options: Any) -> str:
    with pytest.raises(RenderError) as caught:
        print(text(app, template, **options)[:200])
    assert "Traceback" not in str(caught.value)
    assert "<dukpy>" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("template", PROTOTYPES)
def test_a_template_must_not_see_prototypes(app: Any, template: str) -> None:
    assert text(app, template, strict=False).strip() == ""


@pytest.mark.parametrize("template", CALLS)
@pytest.mark.parametrize("strict", [True, False])
def test_a_template_must_not_call_what_is_no_helper(app: Any, template: str, strict: bool) -> None:
    refusal(app, template, strict=strict)


def test_a_variable_named_like_a_prototype_must_not_change_others(app: Any) -> None:
    poison = {
        "__proto__": {"polluted": "yes"},
        "constructor": {"prototype": {"polluted": "yes"}},
        "config": {"__proto__": {"polluted": "yes"}},
    }
    assert text(app, "{{constructor.prototype.polluted}}", poison) == "yes"
    assert text(app, "[{{polluted}}{{config.polluted}}]", {"config": {}}, strict=False) == "[]"


def test_the_interpreter_must_have_nothing_that_reaches_out(app: Any) -> None:
    text(app, "{{text}}")
    js = machine()
    js._interpreter.evaljs("globalThis.seen = null; 0")
    js._interpreter.evaljs(
        "(function (f) { globalThis.roro = function (r) { var a = f(r); globalThis.seen = Object.keys(globalThis); return a; }; })(roro); 0"
    )
    js.ask(do="context", json="{}", limits={})
    seen = set(js._interpreter.evaljs("seen"))
    assert seen & {"process", "require", "console", "call_python", "dukpy", "_dukpy_eval_cjs_source", "std", "os"} == set()


@pytest.mark.parametrize("template", OVER.values(), ids=OVER.keys())
def test_a_template_must_not_go_over_a_bound(app: Any, template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in {"MAX_STEPS": 500, "MAX_PRODUCED": 5000, "MAX_OUTPUT": 1000, "MAX_WIDTH": 20}.items():
        monkeypatch.setattr(session, name, bound)
    refused = refusal(app, template)
    assert any(words in refused for words in ("limit", "nested deeper", "calls itself without end", "between 0 and 20"))
    assert text(app, "{{number}}") == "3", "the interpreter goes on"


LOOP = "{{#each items}}{{#each @root.items}}{{this}}{{/each}}{{/each}}"


def test_a_busy_machine_or_a_clock_that_is_set_must_not_fail_a_template(app: Any) -> None:
    assert text(app, LOOP).startswith("012")
    machine()._interpreter.evaljs("globalThis.kept = Date.now; globalThis.late = 0; Date.now = function () { return late += 1e9; }; 0")
    try:
        assert text(app, LOOP).startswith("012")
    finally:
        machine()._interpreter.evaljs("Date.now = kept; delete globalThis.kept; delete globalThis.late; 0")


def test_the_processor_time_of_a_file_must_be_bounded(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MAX_SECONDS", 0)
    assert "rendering took more than 0 s of processor time" in refusal(app, LOOP)


@pytest.mark.parametrize("name", ["/etc/hostname", "../../../secret", "../secret", "link"])
def test_a_partial_must_not_be_read_outside_the_apps_folder(app: Any, name: str) -> None:
    for folder in (app.folder.parent, app.folder.parent.parent, app.folder.parent.parent.parent):
        (folder / "secret").write_text("hunter2")
    (app.manifests / "link").symlink_to(app.folder.parent / "secret")
    for template in (f'{{{{> "{name}"}}}}', '{{> (lookup this "where")}}'):
        with pytest.raises(RenderError) as caught:
            text(app, template, {"where": name})
        assert "hunter2" not in str(caught.value)
