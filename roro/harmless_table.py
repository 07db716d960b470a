"""Rich's table, with cells that are shown as they are: what comes from a cluster is neither markup nor obeyed by a terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from .reason_words import harmless


class HarmlessTable(Table):
    """A table whose cells are texts."""

    def add_row(self, *cells: Any, **options: Any) -> None:
        """See rich.table.Table."""
        super().add_row(*map(_shown, cells), **options)


def _shown(cell: Any) -> Any:
    if isinstance(cell, Text):
        return Text(harmless(cell.plain), style=cell.style)
    return Text(harmless(cell)) if isinstance(cell, str) else cell
