# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surveys are made from options of roles, are taken by AWX, and their answers arrive typed in the modules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fake_awx_rules as rules
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import SPECS
from ansible_collections.roro.kube.plugins.module_utils._awx.surveys import question, survey

ROLES = Path(__file__).parents[3] / "roles"


@pytest.mark.parametrize(
    ("option", "kind"),
    [
        ({"type": "str"}, "text"),
        ({"type": "path"}, "text"),
        ({"type": "list", "elements": "str"}, "text"),
        ({"type": "dict"}, "textarea"),
        ({"type": "list", "elements": "dict"}, "textarea"),
        ({"type": "dict", "no_log": True}, "password"),
        ({"type": "int"}, "integer"),
        ({"type": "float"}, "float"),
        ({"type": "bool"}, "multiplechoice"),
        ({"type": "str", "choices": ["a", "b"]}, "multiplechoice"),
        ({"type": "list", "elements": "str", "choices": ["a", "b"]}, "multiselect"),
    ],
)
def test_each_kind_of_option_must_be_asked_by_the_question_that_fits(option: dict[str, Any], kind: str) -> None:
    asked = question("roro_what", option)
    assert asked["type"] == kind
    assert rules.survey({"name": "", "description": "", "spec": [asked]}, {}) == {}


def test_a_question_must_have_no_default_but_tell_what_holds_without_an_answer() -> None:
    asked = question("roro_wait_lock", {"type": "bool", "default": True, "description": "Whether O(roro_wait) holds."})
    assert "default" not in asked
    assert asked["question_name"] == "Wait lock"
    assert asked["question_description"] == "Whether roro_wait holds. Without an answer: true, unless the inventory says otherwise."


def test_the_survey_of_every_role_must_be_one_that_awx_takes() -> None:
    for file in ROLES.glob("*/meta/argument_specs.yml"):
        options = yaml.safe_load(file.read_text())["argument_specs"]["main"].get("options") or {}
        if options:
            assert rules.survey(survey(options), {}) == {}, file


@pytest.mark.parametrize(
    ("module", "answers", "typed"),
    [
        ("up", {"wait": "false", "prune": "true"}, {"wait": False, "prune": True}),
        ("up", {"instances": "api,web", "timeout": "90"}, {"instances": ["api", "web"], "timeout": "90"}),
        ("up", {"instances": ["api", "web"]}, {"instances": ["api", "web"]}),
        ("up", {"variables": '{"replicas": 2, "on": true}'}, {"variables": {"replicas": 2, "on": True}}),
        ("up", {"secret_variables": '{"password": "x"}'}, {"secret_variables": {"password": "x"}}),
        ("up", {"concurrency": 12}, {"concurrency": 12}),
        ("rollback", {"to": 3}, {"to": 3}),
        ("awx_definitions", {"request_timeout": 2.5, "definitions": {}}, {"request_timeout": 2.5}),
        ("reconcile", {"drift": "correct"}, {"drift": "correct"}),
    ],
)
def test_an_answer_of_every_type_must_arrive_typed(module: str, answers: dict[str, Any], typed: dict[str, Any]) -> None:
    through_awx = json.loads(json.dumps(answers))
    validated = ArgumentSpecValidator(SPECS[module]["argument_spec"]).validate(through_awx)
    assert not validated.error_messages
    assert {name: validated.validated_parameters[name] for name in typed} == typed
