"""The live table of several environments on a terminal: environment, instance, status, time, reason. Drawn on stderr.

Where the terminal is too low for all instances each environment is one row; where it is too low for those as well, what failed and what is
under way comes first, and the rest is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from .fleet_progress import FleetProgress, Member
from .live import MARKS, STYLES, elapsed
from .progress import FINAL, Row
from .reason_words import failed_words, harmless
from .tables import live_table, make_console

_HEADINGS = 3
"""Lines of title and headings, and one that stays free."""


@dataclass(frozen=True)
class Line:
    """One row. busy: whether it is under way."""

    environment: str
    instance: str
    status: str
    seconds: float | None
    detail: str = ""
    busy: bool = False


class FleetTable:
    """Draws a FleetProgress until it is left; the last picture stays on the screen."""

    def __init__(self, progress: FleetProgress, title: str) -> None:
        self._progress = progress
        self._title = title
        self._spinner = Spinner("dots", style="yellow")
        self._console = make_console(stderr=True)
        self._live = Live(
            get_renderable=self._picture,
            console=self._console,
            refresh_per_second=10,
            redirect_stdout=False,
            vertical_overflow="visible",
        )

    def __enter__(self) -> FleetTable:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.ended = True
        self._live.stop()

    def _picture(self) -> RenderableType:
        lines, rest = chosen_lines(self._progress, self._console.size.height - _HEADINGS)
        headings = ("", "ENVIRONMENT", "INSTANCE", "STATUS", "TIME")
        table = live_table(f"{self._title}  {counted(self._progress)}", headings, right=("TIME",))
        before = ""
        for line in lines:
            table.add_row(*self._cells(line, line.environment != before))
            before = line.environment
        return Group(table, Text(rest, style="dim")) if rest else table

    def _cells(self, line: Line, first: bool) -> list[RenderableType]:
        style = STYLES.get(line.status, "")
        mark: RenderableType = self._spinner if line.busy else Text(MARKS.get(line.status, " "), style=style)
        name = Text(line.environment if first else "", style="bold")
        time_text = elapsed(line.seconds) if line.seconds is not None else ""
        detail = Text(harmless(line.detail).replace("\n", " "), style="dim", no_wrap=True, overflow="ellipsis")
        return [mark, name, line.instance, Text(line.status, style=style), time_text, detail]


def counted(progress: FleetProgress) -> str:
    """`12 of 50 done, 1 failed`."""
    members = progress.members.values()
    done = sum(member.record is not None and not member.failed for member in members)
    failed = sum(member.failed for member in members)
    return f"{done} of {len(members)} done" + (f", {failed} failed" if failed else "")


def chosen_lines(progress: FleetProgress, height: int) -> tuple[list[Line], str]:
    """The rows that fit into `height` lines, and what is said of the rest. At the end every environment has its row, whatever the height,
    and one that failed all of its instances."""
    members = progress.members
    whole = [line for name, member in members.items() for line in _all_lines(name, member, progress.ended)]
    if len(whole) <= height:
        return whole, ""
    if progress.ended:
        folded = ((name, member, member.record is not None and not member.failed) for name, member in members.items())
        return [line for name, member, fold in folded for line in _lines(name, member, fold)], ""
    one_each = {name: _folded(name, member) for name, member in members.items()}
    if len(one_each) <= height:
        return list(one_each.values()), ""
    order = sorted(members, key=lambda name: _urgency(members[name]))
    kept = set(order[: max(1, height - 1)])
    return [line for name, line in one_each.items() if name in kept], _rest([members[name] for name in order if name not in kept])


def _lines(name: str, member: Member, fold: bool) -> list[Line]:
    return [_folded(name, member)] if fold else list(_all_lines(name, member, True))


def _all_lines(name: str, member: Member, ended: bool) -> Iterator[Line]:
    """A row for each instance; one for an environment that failed as a whole, or of which none is known."""
    rows = list(member.progress.rows.values())
    if not rows or (member.failed and not (member.record or {}).get("instances")):
        yield _folded(name, member)
        return
    for row in rows:
        words = failed_words(row.reason, row.message) if ended and row.status == "Failed" else row.detail
        yield Line(name, row.instance, row.status, row.elapsed if row.began is not None else None, words, _is_busy(row, member))


def _is_busy(row: Row, member: Member) -> bool:
    return row.status not in FINAL and row.began is not None and member.record is None


def _folded(name: str, member: Member) -> Line:
    """The environment as one row: how many instances are as they should be, and the first that is not."""
    rows = list(member.progress.rows.values())
    counts = Counter(row.status for row in rows)
    good = sum(count for status, count in counts.items() if status in FINAL and status != "Failed")
    busy = member.began is not None and member.record is None
    if member.failed:
        status, detail = "Failed", _why(member)
    elif member.record is not None:
        status, detail = ("Running" if counts["Running"] or not rows else "NotDeployed"), ""
    else:
        status = "Deploying" if busy else "Waiting"
        under_way = next((row for row in rows if row.status == "Failed" or (row.began is not None and row.ended is None)), None)
        detail = f"{under_way.instance}: {under_way.detail}" if under_way is not None and under_way.detail else ""
    return Line(name, f"{good}/{len(rows)}", status, member.elapsed if member.began is not None else None, detail, busy)


def _why(member: Member) -> str:
    """Why an environment failed, in a few words."""
    record = member.record or {}
    failed = [item for item in record.get("instances") or () if item["status"] == "Failed"]
    if failed:
        more = f" (+{len(failed) - 1} more)" if len(failed) > 1 else ""
        reason = failed_words(failed[0]["reason"], failed[0]["message"])
        return f"{failed[0]['instance']}: {reason}{more}" if failed[0]["instance"] else f"{reason}{more}"
    problems = record.get("problems") or [{"message": record.get("msg") or ""}]
    return str(record.get("reason") or problems[0]["message"])


def _urgency(member: Member) -> int:
    """What failed first, then what is under way, then what is not begun, then what is done."""
    if member.failed:
        return 0
    if member.record is None:
        return 1 if member.began is not None else 2
    return 3


def _rest(members: list[Member]) -> str:
    counts = Counter(
        "failed" if m.failed else "done" if m.record is not None else "under way" if m.began is not None else "not begun" for m in members
    )
    return f"… and {len(members)} more: " + ", ".join(f"{count} {word}" for word, count in counts.items())
