"""Tables and consoles: fitted to a terminal; elsewhere one line a row, whatever its length, for `grep` and `awk`.

With NO_COLOR nothing is bold either.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

GAP = "  "


def make_console(**options: Any) -> Console:
    """Rich's console. With NO_COLOR (https://no-color.org) texts are bare: also without what else escape sequences can do."""
    from rich.console import Console

    return Console(color_system=None if os.environ.get("NO_COLOR") else "auto", **options)


def make_table(headings: Iterable[str], *, folding: str = "", style: str = "") -> Table:
    """A table without lines, whose cells are texts and nothing that a terminal obeys. folding: the heading of the column that
    gives way where the terminal is narrow."""
    from .harmless_table import HarmlessTable

    table = HarmlessTable(box=None, pad_edge=False, show_edge=False, header_style="bold", style=style)
    for heading in headings:
        table.add_column(heading, no_wrap=heading != folding, overflow="fold" if heading == folding else "ellipsis")
    return table


def live_table(title: str, headings: Iterable[str], *, right: Container[str] = ()) -> Table:
    """A table that is drawn again and again: columns with headings, and one without, which gives way where the terminal is narrow. right:
    headings of columns that are aligned to the right."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_edge=False, title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, no_wrap=True, justify="right" if heading in right else "left")
    table.add_column("", ratio=1)  # not no_wrap: what is too wide is then taken from here, not from the columns before
    return table


def print_table(table: Table) -> None:
    """On stdout."""
    if sys.stdout.isatty():
        make_console().print(table)
    else:
        print("\n".join(plain_lines(table)))


def plain_lines(table: Table) -> list[str]:
    """The heading and a line for each row, in columns as wide as their widest cell. The last column ends where its text ends."""
    columns = []
    for column in table.columns:
        cells = [_flat(column.header), *map(_flat, column.cells)]
        width = max(map(len, cells))
        columns.append([cell.rjust(width) if column.justify == "right" else cell.ljust(width) for cell in cells])
    return [GAP.join(row).rstrip() for row in zip(*columns, strict=True)]


def _flat(cell: Any) -> str:
    """A cell on one line."""
    return " ".join(str(getattr(cell, "plain", cell)).split())
