# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A template of a repository is untrusted: it must not reach Python, files outside its app, or unbounded memory and time."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError

VARIABLES = {"text": "abc", "number": 3, "items": [1, 2], "config": {"a": 1}}

ESCAPES = {
    "class of a string": "{{ text.__class__.__mro__[1].__subclasses__() }}",
    "class by subscript": "{{ text['__class__'] }}",
    "class by attr filter": "{{ text | attr('__class__') }}",
    "class by map attribute": "{{ [text] | map(attribute='__class__') | list }}",
    "class by selectattr": "{{ [text] | selectattr('__class__.__name__') | list }}",
    "class by groupby": "{{ [text] | groupby('__class__') }}",
    "class by sort attribute": "{{ [text, text] | sort(attribute='__class__') }}",
    "class by sum attribute": "{{ [text] | sum(attribute='__class__') }}",
    "class by format": "{{ '{0.__class__}'.format(text) }}",
    "class by format_map": "{{ '{a.__class__}'.format_map({'a': text}) }}",
    "format taken as a value": "{% set f = '{0.__class__.__mro__}'.format %}{{ f(text) }}",
    "format by attr filter": "{{ ('{0.__class__}' | attr('format'))(text) }}",
    "format by map": "{{ ['{0.__class__}'] | map('format', text) | map('upper') | list | first | attr('__class__') }}",
    "globals of a macro": "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
    "func of a macro": "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "environment of a macro": "{% macro m() %}{% endmacro %}{{ m._environment }}",
    "globals of cycler": "{{ cycler.__init__.__globals__.os }}",
    "globals of joiner": "{{ joiner.__init__.__globals__ }}",
    "globals of namespace": "{% set n = dict() %}{{ n.__init__.__globals__ }}",
    "globals of range": "{{ range.__globals__ }}",
    "class of dict function": "{{ dict.__subclasses__() }}",
    "mro of dict": "{{ dict.mro() }}",
    "self": "{{ self.__init__ }}",
    "self context": "{{ self._TemplateReference__context }}",
    "loop internals": "{% for i in items %}{{ loop._iterator }}{{ loop.__init__.__globals__ }}{% endfor %}",
    "undefined internals": "{{ nothing.__init__.__globals__ }}",
    "undefined object": "{{ nothing._undefined_obj }}",
    "generator frame": "{{ (items | map('string')).gi_frame }}",
    "generator code": "{{ (items | map('string')).gi_code.co_consts }}",
    "filter environment": "{{ text | map('attr', '__class__') | list }}",
    "dict mutation": "{{ config.update({'b': 2}) }}",
    "list mutation": "{{ items.append(3) }}",
    "list mutation with do": "{% do items.append(3) %}",
    "bytes": "{{ text.encode() }}",
    "int to bytes": "{{ number.to_bytes(1000000000, 'big') }}",
    "translate": "{{ text.translate({97: 'b' * 100}) }}",
    "import a module": "{% import 'os' as os %}{{ os.system('id') }}",
    "from import": "{% from 'subprocess' import Popen %}",
    "lipsum": "{{ lipsum.__globals__ }}",
    "url_for and other globals": "{{ get_flashed_messages.__globals__ }}",
    "lookup": "{{ lookup('file', '/etc/passwd') }}",
    "query": "{{ query('pipe', 'id') }}",
    "open": "{{ open('/etc/passwd') }}",
    "printing a method": "{{ text.upper }}",
    "printing a macro": "{% macro m() %}{% endmacro %}{{ m }}",
    "printing a generator": "{{ items | map('string') }}",
    "template internals": "{% import '_lib.j2' as lib %}{{ lib.__init__.__globals__ }}",
    "template body": "{% import '_lib.j2' as lib %}{{ lib._body_stream }}",
}


@pytest.mark.parametrize("template", ESCAPES.values(), ids=ESCAPES.keys())
def test_a_template_must_not_reach_python(app: Any, template: str) -> None:
    app.write("_lib.j2", "{% set a = 1 %}")
    with pytest.raises(RenderError) as caught:
        print(app.text(template, VARIABLES))
    assert all(problem.where and "text.yaml.j2:1" in problem.where for problem in caught.value.problems)
    assert "Traceback" not in str(caught.value)


def again(expression: str, start: str = "'x'", times: int = 60, before: str = "") -> str:
    """A template that replaces `ns.s` by the expression, many times."""
    return f"{{% set ns = namespace(s={start}) %}}{{% for i in range({times}) %}}{before}{{% set ns.s = {expression} %}}{{% endfor %}}"


BOMBS = {
    "string times": "{{ 'x' * 10**9 }}",
    "number times string": "{{ 10**9 * 'x' }}",
    "list times": "{{ ([0] * 10**9) | length }}",
    "tuple times": "{{ ((0,) * 10**9) | length }}",
    "big power": "{{ 10 ** (10 ** 10) }}",
    "power of negative": "{{ (-7) ** 10000000 }}",
    "squaring": "{% set ns = namespace(n=9) %}{% for i in range(60) %}{% set ns.n = ns.n * ns.n %}{% endfor %}{{ ns.n % 7 }}",
    "range": "{{ range(10**9) | list | length }}",
    "range in loop": "{% for i in range(10**7) %}x{% endfor %}",
    "nested ranges": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "nested literals": "".join(f"{{% for v{i} in [1,2,3,4,5,6,7,8,9] %}}" for i in range(15)) + "x" + "{% endfor %}" * 15,
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
    "sum of lists": "{{ ([range(99999) | list] * 9999) | sum(start=[]) | length }}",
    "keeping slices": "{% set s = 'x' * 10**6 %}" + again("ns.s + [s[1:]]", "[]", 9999),
    "keeping lists": again("ns.s + [range(99999) | list]", "[]", 9999),
    "keeping upper": "{% set s = 'x' * 10**6 %}" + again("ns.s + [s.upper()]", "[]", 9999),
    "output": "{% set s = 'x' * 10**6 %}{% for i in range(100) %}{{ s }}{% endfor %}",
    "center": "{{ 'x'.center(10**9) }}",
    "center filter": "{{ 'x' | center(10**9) }}",
    "ljust": "{{ 'x'.ljust(10**9) }}",
    "zfill": "{{ 'x'.zfill(10**9) }}",
    "expandtabs": "{{ '\\t'.expandtabs(10**9) }}",
    "format width": "{{ '{:>1000000000}'.format(1) }}",
    "format nested width": "{{ '{:{w}}'.format(1, w=10**9) }}",
    "percent width": "{{ '%1000000000d' % 1 }}",
    "percent star": "{{ '%*d' % (1000000000, 1) }}",
    "percent precision": "{{ '%.1000000000f' % 1.5 }}",
    "percent named": "{{ ('%(a)s' * 10**5) % {'a': 'x' * 10**6} }}",
    "format filter width": "{{ '%1000000000d' | format(1) }}",
    "indent": "{{ 'x\\n' | indent(10**9, true) }}",
    "indent many": "{{ ('x\\n' * 10**6) | indent(9999) | length }}",
    "nindent": "{{ 'x' | nindent(10**9) }}",
    "json indent": "{{ [1] | to_nice_json(indent=10**9) }}",
    "batch": "{{ [1] | batch(10**9, 'x') | list | length }}",
    "slice": "{{ [1] | slice(10**9) | list | length }}",
    "recursive macro": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "recursive loop": "{% for i in [1] recursive %}{{ loop([1, 2]) }}{% endfor %}",
    "recursive include": "{% include 'text.yaml.j2' %}{% include 'text.yaml.j2' %}",
    "recursive import": "{% import 'text.yaml.j2' as a %}",
    "recursive extends": "{% extends 'text.yaml.j2' %}",
    "deep nesting": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "deep lists": "{{ " + "[" * 3000 + "]" * 3000 + " }}",
    "deep unary": "{{ " + "not " * 20000 + "1 }}",
    "many blocks": "{% if 1 %}" * 500 + "{% endif %}" * 500,
    "wordwrap": "{{ ('x ' * 10**5) | wordwrap(10**9) | length > 5 and 'x' * 10**9 }}",
    "from_json nesting": "{{ ('[' * 100000) | from_json }}",
    "from_yaml nesting": "{{ ('[' * 100000) | from_yaml }}",
    "int from text": "{{ ('9' * 100000) | from_json }}",
}


@pytest.mark.parametrize("template", BOMBS.values(), ids=BOMBS.keys())
def test_a_template_must_not_take_unbounded_memory_or_time(app: Any, template: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()
    with pytest.raises(RenderError) as caught:
        app.text(template, VARIABLES)
    assert time.monotonic() - start < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600 * 1024, "kilobytes of memory that this bomb took"
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
    "long name": "{% include 'x' * 5000 %}",
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
    "aliases": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"b{i}: &b{i} [{','.join(['*' + (f'b{i - 1}' if i else 'a')] * 9)}]\n" for i in range(9)),
    "self": "a: &a [*a]",
    "merge self": "a: &a\n  <<: *a\n",
    "python object": "a: !!python/object/apply:os.system ['id']\nb: [",
}


@pytest.mark.parametrize("text", YAML_BOMBS.values(), ids=YAML_BOMBS.keys())
def test_rendered_yaml_must_not_crash_or_run_anything(app: Any, text: str) -> None:
    app.write("a.yaml", text)
    assert "not valid YAML" in app.problem().message
