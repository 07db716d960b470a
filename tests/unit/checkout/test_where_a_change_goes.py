# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ARCHITECTURE.md sends nobody to a file that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
TEXT = (TOP / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Where a change goes")[2]
WORDS = set(re.findall(r"`([^`\s]+)`", TEXT)) - {"roro/..._command.py"}
NAMED = sorted(word for word in WORDS if "/" in word or word.endswith((".py", ".yml", ".md")))


@pytest.mark.parametrize("path", NAMED)
def test_a_path_in_the_table_of_changes_must_be_there(path: str) -> None:
    assert (TOP / path).exists() or (TOP / "plugins/module_utils" / path).exists()


def test_every_folder_of_the_release_room_must_be_where_some_change_goes() -> None:
    folders = {item.parent.name for item in (TOP / "plugins/module_utils/_release").glob("*/__init__.py")}
    assert {folder for folder in folders if f"`_release/{folder}/" not in TEXT} == set()
