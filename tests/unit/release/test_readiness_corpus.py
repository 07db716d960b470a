"""docs/readiness.md must tell the truth: its tables are this test's input, made from the cases in readiness_corpus/.

After a change: `python tests/unit/release/test_readiness_corpus.py` rewrites the tables.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._model import ReadinessRule
from ansible_collections.roro.kube.plugins.module_utils._release.readiness import Verdict, failures, verdict
from ansible_collections.roro.kube.plugins.module_utils._release.readiness.failures import FAIL_FAST

CORPUS = Path(__file__).parent / "readiness_corpus"
DOCUMENT = Path(__file__).parents[3] / "docs" / "readiness.md"
FILES = ("deployments", "workloads", "jobs", "pods", "others", "custom")
VERDICTS, FAILURES = "verdicts", "fail-fast"


class Around:
    """What surrounds the object of a case, by owner."""

    def __init__(self, related: Sequence[Mapping[str, Any]]) -> None:
        self.objects = [dict(item) for item in related]

    def children(self, uid: str, kind: str) -> Sequence[dict[str, Any]]:
        return [item for item in self.objects if item["kind"] == kind and item.get("owner", "self") == uid]

    def events(self, uid: str) -> Sequence[dict[str, Any]]:
        return [item for item in self.objects if item["kind"] == "Event" and item["about"] == uid]


def load() -> list[dict[str, Any]]:
    return [case for name in FILES for case in yaml.safe_load((CORPUS / f"{name}.yaml").read_text(encoding="utf-8"))]


def judge(case: Mapping[str, Any]) -> Verdict:
    subject = copy.deepcopy(case["object"])
    if not case.get("bare"):
        subject["metadata"] = {"name": "web", "namespace": "shop", "uid": "self", "generation": 1} | subject.get("metadata", {})
    return verdict(subject, Around(case.get("related", [])), [rule(item) for item in case.get("rules", [])])


def rule(item: Mapping[str, Any]) -> ReadinessRule:
    lists = {key: tuple(item[key]) for key in ("one_of", "fails") if key in item}
    return ReadinessRule(**{**item, **lists, "any_of": tuple(rule(other) for other in item.get("any_of", []))})


CASES = load()


@pytest.mark.parametrize("case", CASES, ids=[f"{case['kind']}: {case['when']}" for case in CASES])
def test_a_verdict_must_be_the_documented_one(case: Mapping[str, Any]) -> None:
    expected = case["expect"]
    found = judge(case)
    assert (found.state, found.reason, found.grace) == (expected["state"], expected["reason"], expected.get("grace", 0)), found
    assert expected.get("message", "") in found.message
    assert "alike" not in found.message or "alike" in expected["message"]
    assert found.message.isprintable()
    assert "grace" in expected or found.state != "failed", "a case that fails must say its grace"


def table(name: str) -> str:
    """The rows between the markers of the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return text.partition(f"<!-- begin {name} -->\n")[2].partition(f"<!-- end {name} -->")[0]


def rows(name: str) -> list[list[str]]:
    return [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in table(name).splitlines()[2:]]


def test_every_row_of_the_document_must_be_what_the_code_says() -> None:
    cases = {(case["kind"], case["when"]): case for case in CASES}
    documented = rows(VERDICTS)
    assert len(documented) >= 80
    for kind, when, state, reason, grace in documented:
        found = judge(cases[kind, when])
        assert (found.state, found.reason, f"{found.grace:g}") == (state, reason, grace or "0"), (kind, when)


def test_every_case_must_be_in_the_document() -> None:
    assert table(VERDICTS) == verdict_table(), f"run: python {Path(__file__).name}"


def test_the_fail_fast_table_must_be_the_data() -> None:
    assert table(FAILURES) == failure_table(), f"run: python {Path(__file__).name}"


def test_no_two_cases_may_bear_one_name() -> None:
    names = [(case["kind"], case["when"]) for case in CASES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("index", range(len(FAIL_FAST)), ids=lambda index: f"{FAIL_FAST[index].source}-{FAIL_FAST[index].reason}-{index}")
def test_every_row_of_the_fail_fast_table_must_matter_to_a_case(index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [judge(case) for case in CASES]
    monkeypatch.setattr(failures, "FAIL_FAST", FAIL_FAST[:index] + FAIL_FAST[index + 1 :])
    assert [judge(case) for case in CASES] != whole


def verdict_table() -> str:
    lines = ["| Kind | When | Verdict | Reason | Grace (s) |", "|---|---|---|---|---|"]
    for case in CASES:
        expect = case["expect"]
        grace = f"{expect['grace']:g}" if "grace" in expect else ""
        lines.append(f"| {case['kind']} | {case['when']} | {expect['state']} | `{expect['reason']}` | {grace} |")
    return "\n".join(lines) + "\n"


def failure_table() -> str:
    lines = [
        "| Seen at | Kubernetes says | and its message has | Reason | Grace (s) | After restarts | Why |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in FAIL_FAST:
        said = ", ".join(f"`{word}`" for word in (*row.said, *(f"exit code {code}" for code in row.codes))) or "anything else"
        text = "`" + row.text.replace("|", "&#124;") + "`" if row.text else ""
        lines.append(f"| {row.source} | {said} | {text} | `{row.reason}` | {row.grace:g} | {row.restarts or ''} | {row.why} |")
    return "\n".join(lines) + "\n"


def rewrite() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, content in ((VERDICTS, verdict_table()), (FAILURES, failure_table())):
        text = text.replace(f"<!-- begin {name} -->\n{table(name)}", f"<!-- begin {name} -->\n{content}")
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    rewrite()
