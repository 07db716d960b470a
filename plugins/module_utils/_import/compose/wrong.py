# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a Compose file, by its path in the model; whoever read the files knows the line."""

from __future__ import annotations

from pathlib import Path

Path_ = tuple["str | int", ...]


class Wrong(Exception):
    """message: one sentence. path: of the value in the model, such as ("services", "web", "ports", 0). file, line, column: where they
    are known by themselves. hint: what to do."""

    def __init__(
        self,
        message: str,
        path: Path_ = (),
        hint: str | None = None,
        *,
        file: Path | None = None,
        line: int = 1,
        column: int = 1,
    ) -> None:
        super().__init__(message)
        self.message, self.path, self.hint = message, path, hint
        self.file, self.line, self.column = file, line, column
