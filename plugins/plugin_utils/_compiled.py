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

OURS = tuple(f"ansible_collections.roro.kube.plugins.{folder}." for folder in ("module_utils", "plugin_utils"))


class EngineFinder(MetaPathFinder):
    """Finds the modules below `module_utils` and `plugin_utils` of this collection; everything else is left to Ansible's importer."""

    def __init__(self) -> None:
        self._folders: dict[str, FileFinder] = {}

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of a module of ours, None for any other."""
        if not fullname.startswith(OURS) or not path:
            return None
        folder = next(iter(path))
        if folder not in self._folders:
            self._folders[folder] = FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))
        return self._folders[folder].find_spec(fullname)


@contextmanager
def compiled() -> Iterator[None]:
    """While inside, the engine is imported from compiled files. Nothing is looked through for garbage meanwhile: what is loaded stays."""
    finder, collecting = EngineFinder(), gc.isenabled()
    sys.meta_path.insert(0, finder)
    gc.disable()
    from ansible_collections.roro.kube.plugins.plugin_utils._compiled_methods import methods_compiled

    try:
        with methods_compiled():
            yield
    finally:
        sys.meta_path.remove(finder)
        if collecting:
            gc.enable()
