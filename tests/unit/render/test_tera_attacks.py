# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Tera template of a repository is untrusted: it must not reach Python, files outside its app, or unbounded memory and time."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._render import limits
from ansible_collections.roro.kube.plugins.module_utils._render.cache import RenderCache
from ansible_collections.roro.kube.plugins.module_utils._render.files import AppFiles
from ansible_collections.roro.kube.plugins.module_utils._render.tera import names, regex, run
from ansible_collections.roro.kube.plugins.module_utils._render.tera.session import render_all
from ansible_collections.roro.kube.plugins.module_utils._render.types import RenderRequest

VARIABLES = {"text": "abc", "number": 3, "items": [1, 2], "config": {"a": 1}}
PYTHON = [
    "{{ text.__class__ }}",
    "{{ text['__class__'] }}",
    "{{ config.items }}",
    "{{ items.append }}",
    "{{ number.real }}",
    "{{ self.__init__ }}",
    "{{ loop.__class__ }}",
    "{{ config | get(key='__class__') }}",
    "{{ __builtins__ }}",
    "{{ open(file='/etc/passwd') }}",
    "{{ get_env(name='HOME') }}",
    "{{ get_env(name='NOT_THERE', default='x') }}",
    "{{ now() }}",
    "{{ get_random(end=5) }}",
]
DOUBLE = "{% set x = 'x' %}{% for i in range(end=12) %}{% set_global x = EXPR %}{% endfor %}{{ x | length }}"
LISTS = DOUBLE.replace("'x'", "[1]").replace("EXPR", "[x, x]")
OVER = {
    "range": "{{ range(end=101) }}",
    "endless range": "{{ range(end=10, step_by=0) }}",
    "nested loops": "{% for a in range(end=20) %}{% for b in range(end=20) %}{% endfor %}{% endfor %}",
    "doubling by tilde": DOUBLE.replace("EXPR", "x ~ x"),
    "doubling by replace": DOUBLE.replace("EXPR", "x | replace(from='x', to='xx')"),
    "doubling lists": DOUBLE.replace("'x'", "[1]").replace("EXPR", "x | concat(with=x)"),
    "nested lists": LISTS.replace("| length", "| as_str"),
    "nested lists as JSON": LISTS.replace("| length", "| json_encode"),
    "nested lists printed": LISTS.replace(" | length", ""),
    "nested lists compared": LISTS.replace("{{ x | length }}", "{{ x == x }}"),
    "nested lists searched": LISTS.replace("{{ x | length }}", "{{ 2 in x }}"),
    "the context": LISTS.replace("{{ x | length }}", "{{ __tera_context }}"),
    "indent": DOUBLE.replace("EXPR", "x ~ '⏎' | indent(prefix=x, first=true)"),
    "joins": DOUBLE.replace("EXPR", "x | split(pat='') | join(sep=x)"),
    "recursive macro": "{% macro m() %}{{ self::m() }}{% endmacro %}{{ self::m() }}",
    "regular expression on a long text": "{% set x = text ~ text ~ text ~ text ~ text ~ text ~ text %}{{ x is matching('(a|b)c') }}",
    "regular expression of a big size": "{{ text is matching('a{101}') }}",
}


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds of the tests: small, so that one step over them is harmless wherever it is run."""
    for name, bound in {"MAX_OUTPUT": 1000, "MAX_PRODUCED": 4000, "MAX_STEPS": 300, "MAX_WIDTH": 20, "MAX_BITS": 64}.items():
        monkeypatch.setattr(limits, name, bound)
    monkeypatch.setattr(run, "MAX_OUTPUT", 1000)
    monkeypatch.setattr(names, "_MAX_RANGE", 100)
    monkeypatch.setattr(names, "_MAX_MATCH", 10)
    monkeypatch.setattr(regex, "_MAX_SIZE", 100)


def text(app: Any, template: str, name: str = "text.yaml.tera", **options: Any) -> str:
    file = app.write(name, template)
    source = app.instance(engine="tera", **options).manifests
    rendered = render_all(RenderRequest(source, (file,), AppFiles(app.folder), VARIABLES, RenderCache()))
    return str(rendered[0].text)


def refusal(app: Any, template: str) -> str:
    with pytest.raises(RenderError) as caught:
        print(text(app, template))
    assert "Traceback" not in str(caught.value)
    assert all("text.yaml.tera" in (problem.where or "") for problem in caught.value.problems)
    return str(caught.value)


@pytest.mark.parametrize("template", PYTHON)
def test_a_template_must_not_reach_python_the_environment_or_the_clock(app: Any, template: str) -> None:
    refusal(app, template)


@pytest.mark.usefixtures("tight")
@pytest.mark.parametrize("template", OVER.values(), ids=OVER.keys())
def test_a_template_must_not_go_over_a_bound(app: Any, template: str) -> None:
    assert refusal(app, template)


@pytest.mark.parametrize("name", ["/etc/hostname", "../../../secret", "../secret", "./link", "link"])
@pytest.mark.parametrize("tag", ['{{% include "{}" %}}', '{{% import "{}" as x %}}', '{{% extends "{}" %}}'])
def test_a_template_must_not_read_outside_the_apps_folder(app: Any, name: str, tag: str) -> None:
    for folder in (app.folder.parent, app.folder.parent.parent, app.folder.parent.parent.parent):
        (folder / "secret").write_text("hunter2")
    (app.manifests / "link").symlink_to(app.folder.parent / "secret")
    assert "hunter2" not in refusal(app, tag.format(name))


def test_an_include_ignored_when_missing_must_not_read_outside_either(app: Any) -> None:
    (app.folder.parent / "secret").write_text("hunter2")
    assert "outside the app's folder" in refusal(app, '{% include "../../secret" ignore missing %}')


def test_a_template_must_not_read_itself_in_a_circle(app: Any) -> None:
    assert "nested deeper" in refusal(app, '{% include "text.yaml.tera" %}')
    assert "circle" in refusal(app, '{% extends "text.yaml.tera" %}')
    assert "circle" in refusal(app, '{% import "text.yaml.tera" as me %}')


def test_the_clock_and_random_numbers_must_be_there_when_the_app_allows_them(app: Any) -> None:
    found = text(app, "{{ get_random(start=4, end=5) }} {{ now(timestamp=true) }} {{ now(utc=true) }}", options={"changing": True})
    assert found.startswith("4 ")
