# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads the engine the way Python loads any package, with compiled files kept on disk.

Ansible's importer for collections compiles every file anew in each run; for the engine that is nearly half of the time that a run
with nothing to do takes. Private to this collection.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

ENGINE = "ansible_collections.roro.kube.plugins.module_utils."


class EngineFinder(MetaPathFinder):
    """Finds the modules below `module_utils` of this collection; everything else is left to Ansible's importer."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of an engine module, None for any other."""
        if not fullname.startswith(ENGINE) or not path:
            return None
        return FileFinder(next(iter(path)), (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(fullname)


@contextmanager
def compiled() -> Iterator[None]:
    """While inside, the engine is imported from compiled files. Nothing is looked through for garbage meanwhile: what is loaded stays."""
    finder, collecting = EngineFinder(), gc.isenabled()
    sys.meta_path.insert(0, finder)
    gc.disable()
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        if collecting:
            gc.enable()
