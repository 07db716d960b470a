"""Every broken workspace of the corpus must be refused with the right place and a useful suggestion."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace, select

CORPUS = Path(__file__).parents[2] / "corpus" / "broken"


def documents_stage() -> list[Path]:
    """The folders of the corpus that are refused before anything is rendered."""
    folders = sorted(folder for folder in CORPUS.iterdir() if (folder / "expected.yaml").is_file())
    return [folder for folder in folders if expectation(folder)["stage"] == "documents"]


def expectation(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((folder / "expected.yaml").read_text())
    return loaded


def load_everything(folder: Path) -> None:
    workspace = load_workspace(folder)
    for environment in workspace.environments:
        select(workspace, environment, profiles=["*"], system_environment=os.environ)


@pytest.mark.parametrize("folder", documents_stage(), ids=lambda folder: folder.name)
def test_broken_document_must_be_refused_with_place_and_suggestion(folder: Path) -> None:
    expected = expectation(folder)

    with pytest.raises(DocumentError) as caught:
        load_everything(folder)

    assert caught.value.exit_code == 2
    matching = [problem for problem in caught.value.problems if expected["error"] in problem.message]
    assert matching, f"no problem says {expected['error']!r}:\n{caught.value}"
    problem = matching[0]
    assert (problem.where or "").startswith(expected["where"]), f"{problem.where} is not {expected['where']}:\n{caught.value}"
    if "hint" in expected:
        assert expected["hint"] in (problem.hint or ""), f"the hint is {problem.hint!r}"


@pytest.mark.parametrize("folder", documents_stage(), ids=lambda folder: folder.name)
def test_broken_document_must_give_one_problem_only(folder: Path) -> None:
    """One mistake in a file is told once: no problems that merely follow from it."""
    with pytest.raises(DocumentError) as caught:
        load_everything(folder)

    assert len(caught.value.problems) == 1 + expectation(folder).get("also", 0), str(caught.value)


def test_corpus_must_hold_enough_kinds_of_broken_documents() -> None:
    assert len(documents_stage()) >= 50
