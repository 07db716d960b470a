#!/usr/bin/env python3
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/schema/{workspace,app,environment}.schema.json from the engine's schema, and docs/compose-keys.md from its table of the
keys of Compose files, or check that they agree (--check)."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._import import key_table
from ansible_collections.roro.kube.plugins.module_utils._model import DOCUMENT_KINDS, document_schema

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "schema"


def published() -> dict[Path, str]:
    """Every published file and what it has to hold."""
    schemas = {
        FOLDER / f"{kind}.schema.json": json.dumps(document_schema(kind), indent=2, ensure_ascii=False) + "\n" for kind in DOCUMENT_KINDS
    }
    return {**schemas, FOLDER.parent / "compose-keys.md": compose_keys()}


def compose_keys() -> str:
    """The page about every key of Compose files."""
    lines = [
        "# Keys of Compose files",
        "",
        "What `roro import` makes of each key of the [Compose specification](https://docs.docker.com/reference/compose-file/).",
        "This page is made from the table that checks the files (`make schema`).",
        "What is carried over in part, or not, is told by the import with its line.",
        "",
    ]
    for title, rows in key_table():
        lines += [f"## {title}", "", "| key | carried over | as |", "|---|---|---|"]
        lines += [f"| `{key}` | {fate} | {words.replace('|', chr(92) + '|')} |" for key, fate, words in rows]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """0 when all is well; 1 when --check finds a file that differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when a file differs")
    check = parser.parse_args().check
    different = [file for file, text in published().items() if not file.is_file() or file.read_text(encoding="utf-8") != text]
    for file in different:
        if check:
            print(f"{file.relative_to(FOLDER.parent.parent)} is not what the engine says: run scripts/publish_schema.py", file=sys.stderr)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(published()[file], encoding="utf-8")
            print(f"wrote {file.relative_to(FOLDER.parent.parent)}")
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main())
