"""The live table on a terminal: instances, status, steps, what each waits for, elapsed time. Drawn on stderr."""

from __future__ import annotations

from types import TracebackType

from rich.console import RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from .progress import FINAL, Progress, Row
from .reason_words import failed_words, harmless
from .tables import live_table, make_console

STYLES = {"Running": "green", "Failed": "red", "Deploying": "yellow", "Updating": "yellow", "Waiting": "dim", "NotDeployed": "dim"}
MARKS = {"Running": "✔", "Failed": "✘", "NotDeployed": "-"}


def elapsed(seconds: float) -> str:
    """`3.2s`, `1m05s`."""
    return f"{seconds:.1f}s" if seconds < 60 else f"{int(seconds) // 60}m{int(seconds) % 60:02d}s"


class LiveTable:
    """Draws a Progress until it is left; the last picture stays on the screen."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress = progress
        self._title = title
        self._spinner = Spinner("dots", style="yellow")
        self._live = Live(get_renderable=self._table, console=make_console(stderr=True), refresh_per_second=10, redirect_stdout=False)

    def __enter__(self) -> LiveTable:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.phase = "interrupted" if kind is not None else "done"
        self._live.stop()

    def _table(self) -> RenderableType:
        headings = ("", "INSTANCE", "STATUS", "STEPS", "TIME")
        table = live_table(f"{self._title}  {self._progress.phase}", headings, right=("STEPS", "TIME"))
        for row in list(self._progress.rows.values()):
            table.add_row(*self._cells(row))
        return table

    def _cells(self, row: Row) -> list[RenderableType]:
        style = STYLES.get(row.status, "")
        mark: RenderableType = Text(MARKS.get(row.status, " "), style=style)
        if row.status not in FINAL and row.began is not None:
            mark = self._spinner
        steps = f"{row.done}/{row.steps}" if row.steps else ""
        time_text = elapsed(row.elapsed) if row.began is not None else ""
        ended = self._progress.phase == "done" and row.status == "Failed"  # the summary below tells it in full
        words = failed_words(row.reason, row.message) if ended else row.detail
        detail = Text(harmless(words).replace("\n", " "), style="dim", no_wrap=True, overflow="ellipsis")
        return [mark, Text(row.instance, style="bold"), Text(row.status, style=style), steps, time_text, detail]
