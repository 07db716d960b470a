# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role has a molecule scenario, and every scenario looks at whether a second time changes something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).parents[3]
SCENARIOS = sorted(file.parent for file in (TOP / "extensions" / "molecule").glob("*/molecule.yml") if file.parent.name != "default")


def roles_in(file: Path) -> list[str]:
    """The roles of ours that a playbook includes, in its order."""
    tasks = [task for play in yaml.safe_load(file.read_text()) for task in play.get("tasks", [])]
    return [included["name"].removeprefix("roro.kube.") for task in tasks if (included := task.get("ansible.builtin.include_role"))]


def steps_of(scenario: Path) -> list[str]:
    """The steps of its molecule.yml, else those of every scenario."""
    for file in (scenario / "molecule.yml", scenario.parent / "config.yml"):
        said: dict[str, Any] = yaml.safe_load(file.read_text())
        if "scenario" in said:
            return list(said["scenario"]["test_sequence"])
    raise AssertionError(scenario)


def test_every_role_must_have_a_scenario() -> None:
    tested = {role for scenario in SCENARIOS for step in ("converge", "verify") for role in roles_in(scenario / f"{step}.yml")}
    assert {folder.name for folder in (TOP / "roles").iterdir() if folder.is_dir()} - tested == set()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_scenario_must_do_the_same_twice(scenario: Path) -> None:
    assert "idempotence" in steps_of(scenario)


def test_what_the_life_of_an_environment_does_beside_stopping_must_be_done_twice() -> None:
    done = roles_in(TOP / "extensions" / "molecule" / "life" / "verify.yml")
    assert [done.count(role) for role in ("start", "restart", "rollback")] == [2, 2, 2]
