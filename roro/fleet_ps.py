"""`roro ps` for several environments: all of them read at once, one table. One that cannot be read is a row, and hides no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, StatusReport, status

from .ages import age_of
from .json_output import json_text
from .live import STYLES
from .notes import tell
from .ps_picture import Picture, picture_of, ready_words, status_word
from .reason_words import reason_words
from .tables import make_table, print_table

AT_ONCE = 8
"""Environments that are read at once."""


@dataclass(frozen=True)
class Seen:
    """One environment: how it is, or why that is not known."""

    environment: str
    picture: Picture | None = None
    error: RoroError | None = None

    @property
    def is_known(self) -> bool:
        """Whether it is so now: not as it was when last seen."""
        return self.picture is not None and not self.picture.report.as_of


def show_fleet(requests: Mapping[str, Request], output: str, *, workspace: str, at_once: int = AT_ONCE) -> bool:
    """Print all of them, in this order. False where not all of them could be read.

    Environments without the instances that are named are left out. Raises UsageError where none has them.
    """
    looked = look_at(requests, status, at_once)
    found = [one for one in looked if not isinstance(one.error, UsageError)]
    if not found and looked[0].error is not None:
        raise looked[0].error
    for one in found:
        _tell(one)
    if output == "json":
        print(json_text({"workspace": workspace, "environments": [_document(one) for one in found]}))
    else:
        _print(found)
    return all(one.is_known for one in found)


def look_at(requests: Mapping[str, Request], read: Callable[[Request], StatusReport], at_once: int = AT_ONCE) -> list[Seen]:
    """Each environment, in this order."""

    def look(name: str, request: Request) -> Seen:
        try:
            return Seen(name, picture_of(read(request)))
        except RoroError as error:
            return Seen(name, error=error)

    with ThreadPoolExecutor(min(at_once, len(requests)), thread_name_prefix="roro-ps") as pool:
        return list(pool.map(look, requests, requests.values()))


def _tell(one: Seen) -> None:
    notices: Sequence[str] = one.picture.report.notices if one.picture is not None else ()
    for notice in notices:
        tell(f"{one.environment}: {notice}")


def _document(one: Seen) -> dict[str, Any]:
    """As `ps` of one environment prints it, with `problems`: records with message, where, hint and reason."""
    if one.picture is not None:
        return {**{key: value for key, value in one.picture.document().items() if key != "workspace"}, "problems": []}
    problems = [vars(problem) for problem in one.error.problems] if one.error is not None else []
    return {"environment": one.environment, "asOf": None, "notices": [], "reconcile": None, "instances": [], "problems": problems}


def _print(found: Sequence[Seen]) -> None:
    from rich.text import Text

    table = make_table(("ENVIRONMENT", "INSTANCE", "STATUS", "READY", "REVISION", "AGE", "NAMESPACE", "REASON"), folding="REASON")
    for one in found:
        if one.error is not None:
            first = one.error.problems[0]
            words = f"{first.where}: {first.message}" if first.where else first.message
            table.add_row(one.environment, "", Text("Unknown", style="red"), "", "", "", "", Text(reason_words(first.reason, words)))
        elif one.picture is not None:
            old = bool(one.picture.report.as_of)
            for row in one.picture.report.instances:
                word = f"{status_word(row)}?" if old else status_word(row)
                shown = Text(word, style="dim" if old else STYLES.get(row.status, ""))
                age = age_of(row.updated, one.picture.report.now)
                reason = Text(reason_words(row.reason, row.message))
                table.add_row(one.environment, row.instance, shown, ready_words(row), str(row.revision or ""), age, row.namespace, reason)
    print_table(table)
