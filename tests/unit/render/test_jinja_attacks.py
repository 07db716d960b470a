# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A template of a repository is untrusted: it must not reach Python, files outside its app, or unbounded memory and time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._render import jinja, limits

VARIABLES = {"text": "abc", "number": 3, "items": [1, 2], "config": {"a": 1}}

ESCAPES = {
    "attribute": "{{ text.__class__ }}",
    "subscript": "{{ text['__class__'] }}",
    "attr filter": "{{ text | attr('__class__') }}",
    "map attribute": "{{ [text] | map(attribute='__class__') | list }}",
    "selectattr": "{{ [text] | selectattr('__class__') | list }}",
    "groupby": "{{ [text] | groupby('__class__') }}",
    "sort attribute": "{{ [text, text] | sort(attribute='__class__') }}",
    "sum attribute": "{{ [text] | sum(attribute='__class__') }}",
    "map of attr": "{{ text | map('attr', '__class__') | list }}",
    "format": "{{ '{0.__class__}'.format(text) }}",
    "format_map": "{{ '{a.__class__}'.format_map({'a': text}) }}",
    "format taken as a value": "{% set f = '{0.__class__}'.format %}{{ f(text) }}",
    "format by attr filter": "{{ ('{0.__class__}' | attr('format'))(text) }}",
    "macro": "{% macro m() %}{% endmacro %}{{ m._func }}",
    "cycler": "{{ cycler.__init__ }}",
    "joiner": "{{ joiner.__init__ }}",
    "namespace": "{{ namespace.__init__ }}",
    "range": "{{ range.__doc__ }}",
    "dict": "{{ dict.mro }}",
    "self": "{{ self.__init__ }}",
    "loop": "{% for i in items %}{{ loop._iterator }}{% endfor %}",
    "undefined": "{{ nothing._undefined_obj }}",
    "generator frame": "{{ (items | map('string')).gi_frame }}",
    "generator code": "{{ (items | map('string')).gi_code }}",
    "imported template": "{% import '_lib.j2' as lib %}{{ lib._body_stream }}",
    "dict mutation": "{{ config.update({'b': 2}) }}",
    "list mutation": "{{ items.append(3) }}",
    "list mutation with do": "{% do items.append(3) %}",
    "expandtabs": "{{ '\\t'.expandtabs(2) }}",
    "bytes": "{{ text.encode() }}",
    "int to bytes": "{{ number.to_bytes(2, 'big') }}",
    "translate": "{{ text.translate({97: 'b'}) }}",
    "import a module": "{% import 'os' as os %}",
    "from import": "{% from 'string' import digits %}",
    "lipsum": "{{ lipsum }}",
    "lookup": "{{ lookup('file', 'text.yaml.j2') }}",
    "query": "{{ query('file', 'text.yaml.j2') }}",
    "open": "{{ open('text.yaml.j2') }}",
    "printing a method": "{{ text.upper }}",
    "printing a macro": "{% macro m() %}{% endmacro %}{{ m }}",
    "printing a generator": "{{ items | map('string') }}",
}
"""One forbidden name for each way to a name. What a bare engine does with longer chains of them is known and is not written down here."""


@pytest.mark.parametrize("template", ESCAPES.values(), ids=ESCAPES.keys())
def test_a_template_must_not_reach_python(app: Any, template: str) -> None:
    app.write("_lib.j2", "{% set a = 1 %}")
    with pytest.raises(RenderError) as caught:
        print(app.text(template, VARIABLES))
    assert all(problem.where and "text.yaml.j2:1" in problem.where for problem in caught.value.problems)
    assert "Traceback" not in str(caught.value)


LIMITS = {"MAX_OUTPUT": 1000, "MAX_PRODUCED": 4000, "MAX_STEPS": 300, "MAX_WIDTH": 20, "MAX_BITS": 64}
"""Bounds of the tests: small, so that one step over them is harmless wherever it is run."""


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in LIMITS.items():
        monkeypatch.setattr(limits, name, bound)
    monkeypatch.setattr(jinja, "MAX_OUTPUT", LIMITS["MAX_OUTPUT"])


def again(expression: str, start: str = "'x'", times: int = 12, before: str = "") -> str:
    """A template that replaces `ns.s` by the expression, some times."""
    return f"{{% set ns = namespace(s={start}) %}}{{% for i in range({times}) %}}{before}{{% set ns.s = {expression} %}}{{% endfor %}}"


OVER = {
    "string times": "{{ 'x' * 1001 }}",
    "number times string": "{{ 1001 * 'x' }}",
    "list times": "{{ ([0] * 26) | length }}",
    "tuple times": "{{ ((0,) * 26) | length }}",
    "big power": "{{ 2 ** 65 }}",
    "power of negative": "{{ (-7) ** 30 }}",
    "squaring": "{% set ns = namespace(n=9) %}{% for i in range(6) %}{% set ns.n = ns.n * ns.n %}{% endfor %}{{ ns.n % 7 }}",
    "range": "{{ range(301) | list | length }}",
    "range in loop": "{% for i in range(301) %}x{% endfor %}",
    "nested ranges": "{% for a in range(20) %}{% for b in range(20) %}{% endfor %}{% endfor %}",
    "nested literals": "".join(f"{{% for v{i} in [1,2,3,4,5,6,7,8,9] %}}" for i in range(3)) + "x" + "{% endfor %}" * 3,
    "doubling by tilde": again("ns.s ~ ns.s"),
    "doubling by plus": again("ns.s + ns.s"),
    "doubling lists": again("ns.s + ns.s", "[1]"),
    "doubling by replace": again("ns.s.replace('x', 'xx')"),
    "doubling by replace filter": again("ns.s | replace('x', 'xx')"),
    "doubling by join": again("ns.s.join(['a', 'b', ns.s, ns.s])"),
    "doubling by join filter": again("[ns.s, ns.s] | join"),
    "doubling by format": again("'{0}{0}'.format(ns.s)"),
    "doubling by percent": again("'%s%s' % (ns.s, ns.s)"),
    "doubling by format filter": again("'%s%s' | format(ns.s, ns.s)"),
    "doubling by a set block": again("b", before="{% set b %}{{ ns.s }}{{ ns.s }}{% endset %}"),
    "doubling by a macro": "{% macro m(s) %}{{ s }}{{ s }}{% endmacro %}" + again("m(ns.s)"),
    "nested shared lists": again("[ns.s, ns.s]", "[1]") + "{{ ns.s }}",
    "nested shared lists as json": again("[ns.s, ns.s]", "[1]") + "{{ ns.s | to_json }}",
    "nested shared lists by tilde": again("[ns.s, ns.s]", "[1]") + "{{ ns.s ~ '' }}",
    "nested shared lists as string": again("[ns.s, ns.s]", "[1]") + "{{ ns.s | string }}",
    "nested shared lists by percent": again("[ns.s, ns.s]", "[1]") + "{{ '%s' % (ns.s,) }}",
    "nested shared lists flattened": again("[ns.s, ns.s]", "[1]") + "{{ ns.s | flatten | length }}",
    "sum of lists": "{{ ([range(20) | list] * 5) | sum(start=[]) | length }}",
    "keeping slices": "{% set s = 'x' * 900 %}" + again("ns.s + [s[1:]]", "[]", 9),
    "keeping lists": again("ns.s + [range(20) | list]", "[]", 9),
    "keeping upper": "{% set s = 'x' * 900 %}" + again("ns.s + [s.upper()]", "[]", 9),
    "output": "{% set s = 'x' * 900 %}{% for i in range(2) %}{{ s }}{% endfor %}",
    "center": "{{ 'x'.center(21) }}",
    "center filter": "{{ 'x' | center(21) }}",
    "ljust": "{{ 'x'.ljust(21) }}",
    "zfill": "{{ 'x'.zfill(21) }}",
    "format width": "{{ '{:>21}'.format(1) }}",
    "format nested width": "{{ '{:{w}}'.format(1, w=21) }}",
    "percent width": "{{ '%21d' % 1 }}",
    "percent star": "{{ '%*d' % (21, 1) }}",
    "percent precision": "{{ '%.21f' % 1.5 }}",
    "percent named": "{{ ('%(a)s' * 10) % {'a': 'x' * 200} }}",
    "format filter width": "{{ '%21d' | format(1) }}",
    "indent": "{{ 'x\\n' | indent(21, true) }}",
    "indent many": "{{ ('x\\n' * 100) | indent(20) | length }}",
    "nindent": "{{ 'x' | nindent(21) }}",
    "json indent": "{{ [1] | to_nice_json(indent=21) }}",
    "batch": "{{ [1] | batch(21, 'x') | list | length }}",
    "slice": "{{ [1] | slice(21) | list | length }}",
}


@pytest.mark.usefixtures("tight")
@pytest.mark.parametrize("template", OVER.values(), ids=OVER.keys())
def test_a_template_must_not_go_over_a_bound(app: Any, template: str) -> None:
    with pytest.raises(RenderError) as caught:
        app.text(template, VARIABLES)
    assert "text.yaml.j2" in str(caught.value)
    assert "went over a limit" in str(caught.value)


@pytest.mark.usefixtures("tight")
def test_a_template_that_stays_below_the_bounds_must_be_rendered(app: Any) -> None:
    assert app.text("{{ 'x' * 1000 }}") == "x" * 1000
    assert app.text("{{ 'x'.center(20) | length }}{% for i in range(20) %}{% endfor %}") == "20"


def test_the_bounds_must_be_those_that_the_page_names() -> None:
    assert (limits.MAX_OUTPUT, limits.MAX_STEPS, limits.MAX_WIDTH, limits.MAX_BITS) == (32 * 1024**2, 2_000_000, 10_000, 4096)


CIRCLES = {
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "loop": "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "include": "{% include 'text.yaml.j2' %}",
    "import": "{% import 'text.yaml.j2' as a %}",
    "extends": "{% extends 'text.yaml.j2' %}",
}


@pytest.mark.parametrize("template", CIRCLES.values(), ids=CIRCLES.keys())
def test_a_template_that_reaches_itself_must_end_with_an_error(app: Any, template: str) -> None:
    with pytest.raises(RenderError) as caught:
        app.text(template, VARIABLES)
    assert "text.yaml.j2" in str(caught.value)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text("hunter2")
    return file


OUTSIDE = {
    "absolute": "{% include '@SECRET@' %}",
    "dots": "{% include '../../../secret.txt' %}",
    "dots below": "{% include 'a/../../../../secret.txt' %}",
    "dots from the file": "{% include './../../../secret.txt' %}",
    "import": "{% import '../../../secret.txt' as s %}{{ s }}",
    "extends": "{% extends '../../../secret.txt' %}",
    "link": "{% include '_link.txt' %}",
    "link folder": "{% include '_dir/secret.txt' %}",
    "list of names": "{% include ['nothing', '../../../secret.txt'] %}",
    "ignore missing": "{% include '../../../secret.txt' ignore missing %}",
    "pipe": "{% include '_pipe' %}",
    "device": "{% include '_zero' %}",
    "folder": "{% include '_folder' %}",
    "too big": "{% include '_big' %}",
    "null byte": "{% include '\\0' %}",
    "long name": "{% include 'x' * 256 %}",
}


@pytest.mark.parametrize("template", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_a_template_must_not_read_outside_its_app(app: Any, secret: Path, template: str) -> None:
    (app.manifests / "_link.txt").symlink_to(secret)
    (app.manifests / "_dir").symlink_to(secret.parent)
    (app.manifests / "_zero").symlink_to("/dev/zero")
    os.mkfifo(app.manifests / "_pipe")
    (app.manifests / "_folder").mkdir()
    (app.manifests / "a").mkdir()
    with (app.manifests / "_big").open("wb") as stream:
        stream.truncate(9 * 1024 * 1024)
    with pytest.raises(RenderError) as caught:
        app.text(template.replace("@SECRET@", str(secret)))
    assert "hunter2" not in str(caught.value)


def test_a_link_among_the_manifests_that_leads_outside_must_be_an_error(app: Any, secret: Path) -> None:
    (app.manifests / "a.yaml").symlink_to(secret)
    problem = app.problem()
    assert "outside the app's folder" in problem.message
    assert problem.where is not None and problem.where.endswith("manifests/a.yaml")


def test_a_linked_folder_among_the_manifests_that_leads_outside_must_be_an_error(app: Any, secret: Path) -> None:
    (app.manifests / "more").symlink_to(secret.parent)
    assert "outside the app's folder" in app.problem().message


def test_a_folder_of_manifests_outside_the_app_must_be_an_error(app: Any, tmp_path: Path) -> None:
    assert "outside the app's folder" in app.problem(path=tmp_path).message


def test_links_inside_the_app_must_work_and_circles_must_end(app: Any) -> None:
    app.write("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    (app.manifests / "loop").symlink_to(app.manifests)
    assert [one["metadata"]["name"] for one in app.objects()] == ["a"]


YAML_BOMBS = {
    "open brackets": "a: " + "[" * 201,
    "deep block": "\n".join(" " * depth + "a:" for depth in range(201)),
    "dashes": "- " * 201,
    "self": "a: &a [*a]",
    "merge self": "a: &a\n  <<: *a\n",
    "python object": "a: !!python/name:os.curdir ''\nb: [",
}


@pytest.mark.parametrize("text", YAML_BOMBS.values(), ids=YAML_BOMBS.keys())
def test_rendered_yaml_must_not_crash_or_run_anything(app: Any, text: str) -> None:
    app.write("a.yaml", text)
    assert "not valid YAML" in app.problem().message
