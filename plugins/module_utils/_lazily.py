# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Front doors that load a file when one of its names is asked for: start-up time is felt. PEP 562.

Such a front door imports its names under TYPE_CHECKING: there type checkers find them, and Ansible, which packs with a module what its code
imports. No file of the room has the name of one of these, as a submodule hides what its package would give under that name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, files: Mapping[str, Iterable[str]]) -> Callable[[str], Any]:
    """A package's `__getattr__`. files: the names that each file of the package gives."""
    homes = {name: file for file, names in files.items() for name in names}

    def give(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return give
