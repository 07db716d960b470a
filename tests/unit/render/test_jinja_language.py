# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a template may say: filters, whitespace, partials, strictness, and how mistakes are told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined

FILTERS = {
    "{{ {'b': 1, 'a': 'yes'} | to_yaml }}": "a: 'yes'\nb: 1",
    "{{ {'b': [1, 2]} | toYaml }}": "b:\n- 1\n- 2",
    "{{ {'a': {'b': 1}} | to_nice_yaml(indent=4) }}": "a:\n    b: 1",
    "{{ {'b': '<x>', 'a': 'ä'} | to_json }}": '{"a": "ä", "b": "<x>"}',
    "{{ [1] | to_nice_json }}": "[\n    1\n]",
    "{{ {'a': range(2)} | tojson }}": '{"a": [0, 1]}',
    "{{ ('{\"a\": 1}' | from_json).a }}": "1",
    "{{ ('a: 010' | from_yaml).a }}": "8",
    "{{ 'hällo' | b64encode }}": "aMOkbGxv",
    "{{ 'aMOkbGxv' | b64decode }}": "hällo",
    "{{ 'a' | sha256 }}": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    "{{ 'a' | hash('md5') }}": "0cc175b9c0f1b6a831c399e269772661",
    "{{ 'a\"b' | quote }}": '"a\\"b"',
    "{{ 8080 | quote }}": '"8080"',
    '{{ "it\'s" | squote }}': "'it''s'",
    "{{ 'a\\nb' | indent(2) }}": "a\n  b",
    "{{ 'a\\n\\nb' | nindent(2) }}": "\n  a\n\n  b",
    "{{ {'a': 1} | combine({'b': 2}) | to_json }}": '{"a": 1, "b": 2}',
    "{{ {'a': {'x': 1}} | combine({'a': {'y': 2}}, recursive=true) | to_json }}": '{"a": {"x": 1, "y": 2}}',
    "{{ {'a': 1} | dict2items | to_json }}": '[{"key": "a", "value": 1}]',
    "{{ [{'key': 'a', 'value': 1}] | items2dict | to_json }}": '{"a": 1}',
    "{{ [[1, [2]], 3] | flatten }}": "[1, 2, 3]",
    "{{ [[1], [2]] | sum(start=[]) }}": "[1, 2]",
    "{{ [{'n': 1}, {'n': 2}] | sum(attribute='n') }}": "3",
    "{{ 'a,b' | split(',') | join('-') }}": "a-b",
    "{{ 'yes' | bool | ternary('on', 'off') }}": "on",
    "{{ 0 | bool | ternary('on', 'off') }}": "off",
    "{{ '<&>' | e }}": "&lt;&amp;&gt;",
    "{{ 'x' | safe ~ '<' }}": "x<",
    "{{ 'x' | required('no x') }}": "x",
    "{{ missing | default('d') }}": "d",
    "{{ config.nothing.at.all | default('d') }}": "d",
    "{{ config.pop }}-{{ config['items'] }}": "1-2",
    "{{ '%s-%02d' % ('a', 3) }}": "a-03",
    "{{ '{}-{:>3}'.format('a', 3) }}": "a-  3",
    "{{ ['a', 'b'] | map('upper') | join(',') }}": "A,B",
    "{{ 'abc'[1:] }}{{ 'abc'[:-1] }}{{ [1,2,3][::2] }}": "bcab[1, 3]",
    "{{ 'a' ~ 1 ~ none }}": "a1None",
    "{{ 2 ** 10 }}{{ 'ab' * 2 }}{{ [1] + [2] }}": "1024abab[1, 2]",
    "{{ 'x'.join(['a', 'b']) }}{{ 'a'.center(3) }}{{ 'aa'.replace('a', 'b') }}": "axb a bb",
    "{% set ns = namespace(n=1) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}{{ namespace }}": "2w-dev",
    "{% for a in [1, 2] %}{{ loop.index }}/{{ loop.length }}{{ '' if loop.last else ',' }}{% endfor %}": "1/2,2/2",
    "{% for a in [1, 2, 3] if a != 2 %}{{ a }}{% else %}x{% endfor %}": "13",
    "{% for k, v in {'a': 1}.items() %}{{ k }}={{ v }}{% endfor %}": "a=1",
    "{% for a in [1, 2, 3] %}{% if a == 2 %}{% break %}{% endif %}{{ a }}{% endfor %}": "1",
    "{% for a in range(2000) %}{{ 'x' if loop.index == 2000 else '' }}{% endfor %}": "x",
    "{% for a in [[1, []], [2, []]] recursive %}{{ a[0] }}{{ loop(a[1]) }}{% endfor %}": "12",
    "{% for a in [3, 1] | sort %}{{ a }}{% endfor %}{% for a in [1, 2] | select('odd') %}{{ a }}{% endfor %}": "131",
    "{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(3, b=4) }}": "1234",
    "{% macro m(a) %}{{ a }}{{ caller() }}{% endmacro %}{% call m(3) %}x{% endcall %}": "3x",
    "{% set x %}a{% endset %}{{ x }}{% filter upper %}b{% endfilter %}": "aB",
    "{% import '_lib.j2' as lib %}{{ lib.twice('a') }}{% from './_lib.j2' import twice %}{{ twice('b') }}": "aabb",
    "{% include ['nothing.j2', '_part.j2'] %}{% include 'nothing.j2' ignore missing %}{% include 'shared/_p.j2' %}": "partshared",
    "a\n{% if true %}\nb\n{% endif %}\nc\n": "a\n\nb\n\nc\n",
}


@pytest.mark.parametrize("template", FILTERS)
def test_a_template_must_give_what_is_documented(app: Any, template: str) -> None:
    app.write("_lib.j2", "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}")
    app.write("_part.j2", "part")
    (app.folder / "shared").mkdir()
    (app.folder / "shared" / "_p.j2").write_text("shared")
    assert app.text(template, {"config": {"pop": 1, "items": 2}, "namespace": "w-dev"}) == FILTERS[template]


MISTAKES = {
    "{{ [missing] }}": ("variable missing is not defined", None),
    "{{ missing + 1 }}": ("variable missing is not defined", None),
    "{{ not missing }}": ("variable missing is not defined", None),
    "{{ missing.a.b }}": ("variable missing is not defined", None),
    "{{ missing() }}": ("variable missing is not defined", None),
    "{{ {'a': missing} | to_json }}": ("variable missing is not defined", None),
    "{{ {'a': missing} | to_yaml }}": ("variable missing is not defined", None),
    "{% for a in missing %}{% endfor %}": ("variable missing is not defined", None),
    "{% for a in 5 %}{% endfor %}": ("a int cannot be looped over", None),
    "{{ name.upper }}": ("upper is a method", None),
    "{{ name.encode() }}": ("attribute 'encode'", None),
    "{{ name.nothing }}": ("there is no nothing in a value of type text", None),
    "{{ config.nothing }}": ("there is no key nothing in this map", "Its keys: host."),
    "{{ config.hsot }}": ("there is no key hsot in this map", "Did you mean host?"),
    "{{ 'x' | b64decode }}": ("b64decode was given text", None),
    "{{ name | from_json }}": ("from_json was given text that is not JSON", None),
    "{{ ('a: [' | from_yaml) }}": ("from_yaml was given text", None),
    "{{ name | hash('crc') }}": ("does not know the algorithm crc", None),
    "{{ '' | required('name the host') }}": ("name the host", None),
    "{{ config.x.y | mandatory }}": ("a required value is missing", None),
    "{{ 1 / 0 }}": ("division by zero", None),
    "{{ [1][5] }}": ("there is no 5 in a value of type list", None),
    "{{ 'x' | nosuch }}": ("there is no filter nosuch", None),
    "{{ 'x' is nosuch }}": ("there is no test nosuch", None),
    "{% extends 'nothing.j2' %}": ("there is no template nothing.j2", None),
    "{% include ['a.j2', 'b.j2'] %}": ("there is no template b.j2", None),
    "{% if %}{% endif %}": ("template syntax", None),
    "{{ {'a': cycler} | to_json }}": ("cannot be written as JSON", None),
    "{% block a %}{% endblock %}{% block a %}{% endblock %}": ("block 'a' defined twice", None),
}


@pytest.mark.parametrize("template", MISTAKES)
def test_a_mistake_must_be_told_with_its_line_and_what_to_do(app: Any, template: str) -> None:
    message, hint = MISTAKES[template]
    with pytest.raises(RenderError) as caught:
        app.text("line one\n" + template, {"name": "hunter2", "config": {"host": "h"}})
    (problem,) = caught.value.problems
    assert message in problem.message
    assert "text.yaml.j2:2" in (problem.where or "")
    assert problem.hint
    assert hint is None or hint in problem.hint
    assert "hunter2" not in str(problem)


def test_options_must_reach_the_engine_and_unknown_ones_be_told(app: Any) -> None:
    template = "a\n  {% if true %}\nb\n  {% endif %}\n"
    assert app.text(template, options={"trimBlocks": True, "lstripBlocks": True}) == "a\nb\n"
    with pytest.raises(RenderError, match=r"jinja2 has no option trimBlock\n.*Did you mean trimBlocks"):
        app.text(template, options={"trimBlock": True})
    with pytest.raises(RenderError, match="must be true or false"):
        app.text(template, options={"trimBlocks": "yes"})


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-9, 9)), max_size=5), st.text("ab {}%#\n-", max_size=40))
def test_a_template_must_give_the_same_as_plain_jinja2(tmp_path_factory: pytest.TempPathFactory, pairs: list[Any], noise: str) -> None:
    """Bounds and checks change nothing about the output of templates that stay inside them."""
    from ansible_collections.roro.kube.plugins.module_utils._render.limits import Meter
    from ansible_collections.roro.kube.plugins.module_utils._render.sandbox import Sandbox

    template = (
        "{% for k, v in pairs %}{{ k ~ ':' ~ v * 2 }}{{ loop.index0 }}{% if v > 0 %}{{ k * v }}{% endif %}"
        "{{ '%s|%d' % (k, v) }}{{ (k * 3)[1:] | upper | indent(2) }}{% endfor %}{{ pairs | map('first') | join(',') }}" + noise
    )
    bare = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    try:
        expected = bare.from_string(template).render(pairs=pairs, ab=1, a=2, b=3)
    except Exception as error:
        with pytest.raises(type(error).__mro__[-3]):
            Sandbox(None, Meter()).from_string(template).render(pairs=pairs, ab=1, a=2, b=3)
        return
    assert Sandbox(None, Meter()).from_string(template).render(pairs=pairs, ab=1, a=2, b=3) == expected
