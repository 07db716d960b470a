#!/usr/bin/env python3
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write requirements.txt, what the collection needs and an execution environment installs, from the wheel's list in pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

TOP = Path(__file__).resolve().parent.parent
FILE = TOP / "requirements.txt"
HEAD = "# Python packages that the collection needs where its engine runs. Made from pyproject.toml by `make lock`.\n"


def text() -> str:
    """What requirements.txt has to hold: the dependencies of the wheel without those of the `roro` command alone."""
    pyproject = tomllib.loads((TOP / "pyproject.toml").read_text())
    of_the_command = set(pyproject["tool"]["roro"]["only-the-command"])
    return HEAD + "".join(f"{line}\n" for line in pyproject["project"]["dependencies"] if Requirement(line).name not in of_the_command)


if __name__ == "__main__":
    FILE.write_text(text())
