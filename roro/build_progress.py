"""How builds are told on stderr: a live table on a terminal, lines elsewhere, every line of the builders with `--progress plain`."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .reason_words import harmless

if TYPE_CHECKING:
    from rich.console import RenderableType

_MARKS = {"built": "✔", "unchanged": "✔", "failed": "✘"}
_STYLES = {"built": "green", "unchanged": "green", "failed": "red", "waiting": "dim"}
_WORDS = {
    "waiting": "Waiting",
    "building": "Building",
    "delivering": "Delivering",
    "built": "Built",
    "unchanged": "Unchanged",
    "failed": "Failed",
}


@dataclass
class _Row:
    state: str
    line: str = ""
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.began


class BuildProgress:
    """Takes what builds tell, from several threads. how: auto, plain or quiet. Use it as a context."""

    def __init__(self, how: str) -> None:
        self._how = how
        self._rows: dict[str, _Row] = {}
        self._said: dict[str, str] = {}
        self._lock = threading.Lock()
        self._live: AbstractContextManager[Any] = nullcontext()
        self._drawn = how == "auto" and sys.stderr.isatty()

    def __enter__(self) -> BuildProgress:
        if self._drawn:
            from rich.live import Live

            from .tables import make_console

            console = make_console(stderr=True)
            self._live = Live(get_renderable=self._table, console=console, refresh_per_second=10, redirect_stdout=False, transient=True)
        self._live.__enter__()
        return self

    def __exit__(self, *about: object) -> None:
        self._live.__exit__(*about)  # type: ignore[arg-type]

    def tell(self, label: str, state: str, line: str) -> None:
        """See `_build.Tell`."""
        with self._lock:
            before = self._rows.get(label)
            row = self._rows.setdefault(label, _Row(state))
            row.state, row.line = state, line
            if state in _MARKS:
                row.ended = time.monotonic()
            changed = before is None or self._said.get(label) != state
            self._said[label] = state
            if self._drawn or self._how == "quiet":
                return
            if self._how == "plain" and line and state in ("building", "delivering"):
                print(harmless(f"{label} | {line}"), file=sys.stderr, flush=True)
            elif changed and state != "waiting":
                detail = f" ({line})" if line and state in ("building", "delivering") else ""
                print(harmless(f"{label}: {_WORDS[state]}{detail}"), file=sys.stderr, flush=True)

    def _table(self) -> RenderableType:
        from rich.spinner import Spinner
        from rich.text import Text

        from .live import elapsed
        from .tables import live_table

        table = live_table("build", ("", "IMAGE", "STATE", "TIME"))
        for label, row in list(self._rows.items()):
            style = _STYLES.get(row.state, "yellow")
            mark: RenderableType = Text(_MARKS[row.state], style=style) if row.state in _MARKS else Spinner("dots", style="yellow")
            detail = Text(harmless(row.line), style="dim", no_wrap=True, overflow="ellipsis")
            table.add_row(mark, Text(label, style="bold"), Text(_WORDS[row.state], style=style), elapsed(row.seconds), detail)
        return table
