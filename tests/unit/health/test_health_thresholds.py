"""From answers to a verdict."""

from __future__ import annotations

import pytest
from ansible_collections.roro.kube.plugins.module_utils._health.verdict import PASSED, Answer, Tally, Thresholds, counted, worst

FAILED, UNKNOWN = Answer("failed", "BadStatus"), Answer("unknown", "Unreachable")
SIGNS = {"p": PASSED, "f": FAILED, "u": UNKNOWN}


def states(answers: str, rules: Thresholds, second: float = 1.0) -> list[str]:
    """The state after each answer (p, f, u), one a second."""
    tally, found = Tally(0.0), []
    for number, sign in enumerate(answers, start=1):
        tally = counted(tally, SIGNS[sign], rules, number * second)
        found.append(tally.state[:4] if tally.state != "Unknown" else "?")
    return found


@pytest.mark.parametrize(
    ("answers", "rules", "expected"),
    [
        ("p", Thresholds(), "Heal"),
        ("pfff", Thresholds(3), "Heal Fail Fail Unhe"),
        ("pffpff", Thresholds(3), "Heal Fail Fail Heal Fail Fail"),
        ("pffffp", Thresholds(3), "Heal Fail Fail Unhe Unhe Heal"),
        ("f", Thresholds(1, start_period=0.0), "Unhe"),
        ("pp", Thresholds(successes=2), "Star Heal"),
        ("pppfp", Thresholds(successes=2), "Star Heal Heal Fail Fail"),
        ("ppfpp", Thresholds(1, 2), "Star Heal Unhe Unhe Heal"),
        ("pfufuf", Thresholds(2), "Heal Fail ? Fail ? Fail"),
        ("uuuuuu", Thresholds(1, start_period=0.0), "? ? ? ? ? ?"),
        ("fffff", Thresholds(2, start_period=3.5), "Star Star Star Fail Unhe"),
        ("pff", Thresholds(2, start_period=100.0), "Heal Fail Unhe"),
        ("pffuf", Thresholds(2), "Heal Fail Unhe ? Fail"),
    ],
)
def test_a_verdict_must_follow_the_thresholds(answers: str, rules: Thresholds, expected: str) -> None:
    assert states(answers, rules) == expected.split()


def test_the_worst_pod_must_decide() -> None:
    healthy, failing, unknown = Tally(0.0, "Healthy"), Tally(0.0, "Failing"), Tally(0.0, "Unknown")
    assert worst([healthy, unknown, failing]) is failing
    assert worst([healthy, unknown]) is unknown
    assert worst([]) is None
