# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Tera template of a repository is untrusted: it must not reach Python, files outside its app, or unbounded memory and time."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._render.cache import RenderCache
from ansible_collections.roro.kube.plugins.module_utils._render.files import AppFiles
from ansible_collections.roro.kube.plugins.module_utils._render.tera.session import render_all
from ansible_collections.roro.kube.plugins.module_utils._render.types import RenderRequest

VARIABLES = {"text": "abc", "number": 3, "items": [1, 2], "config": {"a": 1}}
PYTHON = [
    "{{ text.__class__ }}",
    "{{ text['__class__'] }}",
    "{{ config.items }}",
    "{{ config.__class__.__mro__ }}",
    "{{ items.append }}",
    "{{ number.real }}",
    "{{ self.__init__ }}",
    "{{ loop.__class__ }}",
    "{{ [text] | map(attribute='__class__') | first | upper | trim | json_encode ~ undef }}",
    "{{ config | get(key='__class__') }}",
    "{{ __builtins__ }}",
    "{{ open(file='/etc/passwd') }}",
    "{{ get_env(name='HOME') }}",
    "{{ get_env(name='NOT_THERE', default='x') }}",
    "{{ now() }}",
    "{{ get_random(end=5) }}",
]
DOUBLE = "{% set x = 'x' %}{% for i in range(end=60) %}{% set_global x = EXPR %}{% endfor %}{{ x | length }}"
BOMBS = {
    "range": "{{ range(end=1000000000) }}",
    "endless range": "{{ range(end=10, step_by=0) }}",
    "nested loops": "{% for a in range(end=99999) %}{% for b in range(end=99999) %}{% endfor %}{% endfor %}",
    "doubling by tilde": DOUBLE.replace("EXPR", "x ~ x"),
    "doubling by replace": DOUBLE.replace("EXPR", "x | replace(from='x', to='xx')"),
    "doubling lists": DOUBLE.replace("'x'", "[1]").replace("EXPR", "x | concat(with=x)"),
    "nested lists": DOUBLE.replace("'x'", "[1]").replace("EXPR", "[x, x]").replace("| length", "| as_str"),
    "nested lists as JSON": DOUBLE.replace("'x'", "[1]").replace("EXPR", "[x, x]").replace("| length", "| json_encode"),
    "nested lists printed": DOUBLE.replace("'x'", "[1]").replace("EXPR", "[x, x]").replace(" | length", ""),
    "nested lists compared": DOUBLE.replace("'x'", "[1]").replace("EXPR", "[x, x]").replace("{{ x | length }}", "{{ x == x }}"),
    "nested lists searched": DOUBLE.replace("'x'", "[1]").replace("EXPR", "[x, x]").replace("{{ x | length }}", "{{ 1 in x }}"),
    "the context": DOUBLE.replace("'x'", "[1]").replace("EXPR", "[x, x]").replace("{{ x | length }}", "{{ __tera_context }}"),
    "indent": DOUBLE.replace("EXPR", "x ~ '⏎' | indent(prefix=x, first=true)"),
    "joins": DOUBLE.replace("EXPR", "x | split(pat='') | join(sep=x)"),
    "recursive macro": "{% macro m() %}{{ self::m() }}{% endmacro %}{{ self::m() }}",
    "branching macro": "{% macro m(n) %}{{ self::m(n=n + 1) }}{{ self::m(n=n + 1) }}{% endmacro %}{{ self::m(n=0) }}",
    "regular expression": "{% set x = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}{{ x is matching('(a+)+(a+)+$z') }}{{ undef }}",
    "regular expression of a big size": "{{ text is matching('((a{100}){100}){100}') }}",
    "regular expression of nothing": "{{ text is matching('((){1000}){1000}{1000}') }}",
    "deep parentheses": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "nested arguments": "{{ " + "range(end=" * 60 + "1" + ")" * 60 + " }}",
    "deep nesting": "{% if true %}" * 2000 + "{% endif %}" * 2000,
    "a big power of ten": "{{ 1 | round(precision=2000000000) }}{{ undef }}",
    "a huge number": "{{ " + "9" * 100000 + " }}",
}


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


@pytest.mark.parametrize("template", BOMBS.values(), ids=BOMBS.keys())
def test_a_template_must_not_take_unbounded_time_or_memory(app: Any, template: str) -> None:
    start = time.process_time()
    refusal(app, template)
    assert time.process_time() - start < 60


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
