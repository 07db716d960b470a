"""How each environment of a fleet ended, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .playbook import PlaybookResult

INTERRUPTED = 130


@dataclass(frozen=True)
class Outcome:
    """One environment. state: `done`, `failed`, `interrupted` or `notBegun`. record: what its task returned, {} when it never did.
    reason: one word for machines, message: a sentence for a person; "" where the instances say it, or nothing is to be said."""

    environment: str
    state: str
    record: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    message: str = ""

    @property
    def instances(self) -> list[dict[str, Any]]:
        """Their records, with the one of the environment itself (instance "") where that failed."""
        return self.record.get("instances") or []

    @property
    def problems(self) -> list[dict[str, Any]]:
        """What is wrong: records with message, where and hint."""
        return self.record.get("problems") or []

    @property
    def exit_code(self) -> int:
        """As `roro` ends for this environment alone."""
        return int(self.record.get("exit_code", 1)) if self.state != "done" else 0


def outcomes_of(environments: Sequence[str], result: PlaybookResult) -> list[Outcome]:
    """How each of them ended, in this order."""
    return [_outcome(name, result.records.get(name), result) for name in environments]


def _outcome(name: str, record: Mapping[str, Any] | None, result: PlaybookResult) -> Outcome:
    if result.interrupted and name not in result.worked and (record is None or record.get("failed")):
        return Outcome(name, "notBegun", record or {}, "NotBegun", "interrupted before it was begun")
    if record is None:
        return _without_record(name, result)
    if not record.get("failed"):
        return Outcome(name, "done", record)
    state = "interrupted" if record.get("exit_code") == INTERRUPTED else "failed"
    if record.get("instances"):
        return Outcome(name, state, record)
    first = (record.get("problems") or [{"message": record.get("msg") or "failed"}])[0]
    place = f"{first['where']}: " if first.get("where") else ""
    return Outcome(name, state, record, str(record.get("reason") or ""), f"{place}{first['message']}")


def _without_record(name: str, result: PlaybookResult) -> Outcome:
    if name not in result.begun:
        return Outcome(name, "notBegun", reason="NotBegun", message="a batch before it had a failure")
    if result.interrupted:
        return Outcome(name, "interrupted", reason="Interrupted", message="interrupted; the next run completes it")
    return Outcome(name, "failed", reason="NoResult", message=f"the playbook ended without a result for it (code {result.rc})")
