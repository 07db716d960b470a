#!/usr/bin/env bash
# rich 15.0.0 (PyPI), tables
#
# A cell is read as markup, and text in square brackets that looks like a tag but is no known style is taken out without a word: the address "[fe80::1]:8080" is shown as ":8080", "[default] ready" as "ready". "[::1]",
# "[10.0.0.1]" and "[A]" stay, since a tag begins with a small letter, so it goes unnoticed for long. `Text(...)` or `escape(...)` for every cell prevents it.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check rich==15.0.0
"$work/venv/bin/python" - >"$work/seen" <<'PY'
import io
from rich.console import Console
from rich.table import Table

for text in ("[fe80::1]:8080", "[::1]:8080", "[default] ready", "[10.0.0.1]", "[A]"):
    table, file = Table(box=None, show_header=False), io.StringIO()
    table.add_row(text)
    Console(file=file, width=60).print(table)
    print(text, "->", file.getvalue().strip())
PY
diff - "$work/seen" <<'SEEN' && echo "as found: rich 15.0.0 takes addresses in brackets for markup"
[fe80::1]:8080 -> :8080
[::1]:8080 -> [::1]:8080
[default] ready -> ready
[10.0.0.1] -> [10.0.0.1]
[A] -> [A]
SEEN
