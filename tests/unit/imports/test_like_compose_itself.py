"""Compose files mean what they mean to Docker Compose: our model is compared with that of compose-go, which Compose reads them with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._import import Wanted
from ansible_collections.roro.kube.plugins.module_utils._import.compose.keys import PROJECT
from ansible_collections.roro.kube.plugins.module_utils._import.compose.project import read_project

TOP = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(TOP / "tests" / "oracles"), str(Path(__file__).parent)]

from comparing import differences, ours, theirs
from oracle import ask_compose, has_go
from random_projects import write as write_project
from random_texts import write as write_text

pytestmark = pytest.mark.skipif(not has_go(), reason="compose-go is built with go")
CORPUS = sorted(path for path in (TOP / "tests" / "corpus" / "compose").iterdir() if path.is_dir())
VARIATIONS = 400
TEXTS = 1500


def compared(case: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """Where we and compose-go differ about a case: nothing when both refuse it."""
    wanted = Wanted(
        Path(case["folder"]),
        tuple(Path(file) for file in case["files"]),
        case["environment"],
        profiles=tuple(case["profiles"]),
        allowed=(Path("/"),),
    )
    try:
        project = read_project(wanted)
    except RoroError as error:
        return [] if "error" in answer else [f"we refuse: {error}"]
    if "error" in answer:
        return [f"compose-go refuses: {answer['error']}"]
    return differences(ours(project.model, project.disabled), theirs(answer))


@pytest.mark.parametrize("folder", CORPUS, ids=lambda folder: folder.name)
def test_a_project_must_be_read_as_compose_reads_it(folder: Path) -> None:
    cases = [
        {"folder": str(folder), "files": [], "environment": environment, "profiles": profiles}
        for environment in ({}, {"TAG": "9", "API_TOKEN_VALUE": "t"})
        for profiles in ([], ["debug", "data"], ["*"])
    ]
    for case, answer in zip(cases, ask_compose(cases), strict=True):
        assert compared(case, answer) == []


def test_random_projects_must_be_read_as_compose_reads_them(tmp_path: Path) -> None:
    cases = []
    for seed in range(VARIATIONS):
        (tmp_path / f"p{seed}").mkdir()
        cases.append(write_project(tmp_path / f"p{seed}", seed))
    answers = ask_compose(cases)
    told = [f"{case['folder']}: {line}" for case, answer in zip(cases, answers, strict=True) for line in compared(case, answer)]
    assert not told, "\n".join(told[:20])
    assert sum("model" in answer for answer in answers) > VARIATIONS / 2, "most of them must be good ones"


def test_random_texts_must_mean_what_they_mean_to_compose(tmp_path: Path) -> None:
    cases = []
    for seed in range(TEXTS):
        (tmp_path / f"p{seed}").mkdir()
        cases.append(write_text(tmp_path / f"p{seed}", seed))
    answers = ask_compose(cases)
    told = [f"{case['folder']}: {line}" for case, answer in zip(cases, answers, strict=True) for line in compared(case, answer)]
    assert not told, "\n".join(told[:20])
    assert TEXTS / 4 < sum("model" in answer for answer in answers) < TEXTS * 3 / 4, "good and bad ones"


def test_the_table_must_have_every_key_of_the_specification() -> None:
    (answer,) = ask_compose([{"schema": True}])
    there = set(_names(answer["schema"], answer["schema"]["$defs"], ()))
    known = set(_known(PROJECT, ()))
    assert there - known == set(), "keys of the specification that nobody handles or names"
    assert known - there == set(), "keys that the specification does not have"


def _known(keys: Any, path: tuple[str, ...]) -> Any:
    for name, key in keys.items():
        yield (*path, name)
        yield from _known(key.inner, (*path, name))


def _names(schema: Any, parts: Any, path: tuple[str, ...], depth: int = 0) -> Any:
    """Every key that the schema allows, with the keys above it; names that a user chooses are left out."""
    if not isinstance(schema, dict) or depth > 30:
        return
    if "$ref" in schema:
        yield from _names(parts[schema["$ref"].rpartition("/")[2]], parts, path, depth + 1)
    for name, below in (schema.get("properties") or {}).items():
        if not path or "pre_start" not in path[:-1] or len(path) < 5:
            yield (*path, name)
            yield from _names(below, parts, (*path, name), depth + 1)
    for pattern, below in (schema.get("patternProperties") or {}).items():
        if pattern != "^x-":
            yield from _names(below, parts, path, depth + 1)
    for key in ("items", "additionalProperties"):
        yield from _names(schema.get(key), parts, path, depth + 1)
    for key in ("oneOf", "anyOf", "allOf"):
        for below in schema.get(key) or ():
            yield from _names(below, parts, path, depth + 1)
