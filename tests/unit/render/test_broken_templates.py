# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every broken workspace of tests/corpus/broken with `stage: render` must be refused with its message, place and hint."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._errors import Problem, RenderError
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace, select
from ansible_collections.roro.kube.plugins.module_utils._render import render_instance

CORPUS = Path(__file__).parents[2] / "corpus" / "broken"


def _cases() -> list[Path]:
    """Folders that render: those whose expected.yaml says so."""
    found = sorted(path.parent for path in CORPUS.glob("*/expected.yaml"))
    return [folder for folder in found if yaml.safe_load((folder / "expected.yaml").read_text())["stage"] == "render"]


def _problems(folder: Path) -> tuple[Problem, ...]:
    selection = select(load_workspace(folder), "dev")
    with pytest.raises(RenderError) as caught:
        for instance in selection.instances:
            render_instance(instance)
    assert caught.value.exit_code == 2
    return caught.value.problems


@pytest.mark.parametrize("folder", _cases(), ids=lambda folder: folder.name)
def test_a_broken_template_must_be_refused_with_message_place_and_hint(folder: Path) -> None:
    expected = yaml.safe_load((folder / "expected.yaml").read_text())
    (problem,) = _problems(folder)
    assert expected["error"] in problem.message
    assert expected["where"] in (problem.where or "")
    assert expected["hint"] in (problem.hint or "")
    assert "hunter2" not in str(problem)


def test_the_corpus_must_hold_at_least_twenty_kinds() -> None:
    assert len(_cases()) >= 20
