# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A template that was written for Ansible must be told the way that there is here."""

from __future__ import annotations

from typing import Any

import pytest

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: "
WAYS = {
    "{{ lookup('env', 'HOME') }}": ("variable lookup is not defined", "`systemEnvironment`"),
    "{{ query('file', 'x') | first }}": ("variable query is not defined", "`roro_variables`"),
    "{{ q('k8s', kind='Secret') }}": ("variable q is not defined", "`values` of the app"),
    "{{ nothing | default(omit) }}": ("variable omit is not defined", "{% if name is defined %}"),
    "{{ hostvars['a'] }}": ("variable hostvars is not defined", "Pass it from the playbook"),
    "{{ ansible_hostname }}": ("variable ansible_hostname is not defined", "Pass it from the playbook"),
    "{{ mode | ansible.builtin.b64encode }}": ("there is no filter ansible.builtin.b64encode", "Write `b64encode`"),
    "{{ mode | ansible.builtin.regex_replace('a', 'b') }}": ("there is no filter ansible.builtin.regex_replace", "use `replace`"),
    "{{ mode | community.general.dict }}": ("there is no filter community.general.dict", "of community.general are not there"),
    "{{ mode is ansible.builtin.match('a') }}": ("there is no test ansible.builtin.match", "use `replace`"),
    "{{ mode | password_hash }}": ("there is no filter password_hash", "roro_secret_variables"),
}


@pytest.mark.parametrize(("text", "told"), WAYS.items(), ids=WAYS)
def test_a_word_of_ansible_must_be_told_with_a_way_out(app: Any, text: str, told: tuple[str, str]) -> None:
    app.write("a.yaml.j2", MANIFEST + text)

    problem = app.problem({"mode": "x"})

    assert problem.message == told[0]
    assert told[1] in problem.hint
    assert ":5" in problem.where


def test_a_word_of_ansible_in_a_variable_must_be_told_with_a_way_out(app: Any) -> None:
    app.write("a.yaml.j2", MANIFEST + "{{ mode }}")

    problem = app.problem({"mode": "{{ lookup('env', 'HOME') }}"})

    assert "lookup, which is not defined" in problem.message
    assert "`systemEnvironment`" in problem.hint


def test_a_variable_that_is_called_so_must_be_that_variable(app: Any) -> None:
    app.write("a.yaml.j2", MANIFEST + "{{ query }}")

    assert app.objects({"query": "x"})[0]["data"] == {"a": "x"}
