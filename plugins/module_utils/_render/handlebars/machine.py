# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JavaScript engine: one interpreter for the process, made when the first template needs it (about 90 ms)."""

from __future__ import annotations

import base64
import json
import threading
import time
from functools import lru_cache
from typing import Any

from ..._errors import RenderError
from ..yaml_text import dump_yaml
from .runtime import RUNTIME
from .script import script

_MAX_KEPT = 2000
"""Compiled partials that stay in the interpreter."""


class Machine:
    """Asks our JavaScript for things; `lock` is held by who uses it for a series of requests."""

    def __init__(self) -> None:
        self.version, source = script()
        interpreter = _interpreter()
        interpreter.export_function("toYaml", lambda text: dump_yaml(json.loads(text), indent=2, sort_keys=True))
        interpreter.export_function("b64enc", lambda text: base64.b64encode(text.encode("utf-8", "surrogatepass")).decode())
        interpreter.export_function("clock", time.thread_time)
        interpreter.evaljs(f"{source}\n;0")
        interpreter.evaljs(f"{RUNTIME}\n;0")
        self._interpreter = interpreter
        self._known: set[str] = set()
        self.lock = threading.RLock()

    def ask(self, **request: Any) -> dict[str, Any]:
        """One request of runtime.py; the answer may hold `error` or `need`.

        dukpy walks over all that lives in the interpreter at the end of each: what stays there makes every request slower.
        """
        answer: dict[str, Any] = self._interpreter.evaljs("roro(dukpy.request)", request=request)
        return answer

    def add(self, key: str, code: str) -> None:
        """Keep a compiled partial under a key, which stands for its content."""
        if key in self._known:
            return
        self.ask(do="add", key=key, code=code)
        self._known.add(key)

    def tidy(self) -> None:
        """Drop every compiled partial when there are too many; only between two series of requests."""
        if len(self._known) >= _MAX_KEPT:
            self.forget()

    def forget(self) -> None:
        """Drop every compiled partial."""
        self.ask(do="forget")
        self._known.clear()


def _interpreter() -> Any:
    try:
        import dukpy  # type: ignore[import-untyped]
    except ImportError:
        raise RenderError(
            "the Python package dukpy is not installed", hint="Install it: pip install 'dukpy>=0.6'. The engine handlebars runs in it."
        ) from None
    return dukpy.JSInterpreter()


@lru_cache(maxsize=1)
def machine() -> Machine:
    """The one of this process. Raises RenderError where handlebars.js or the package dukpy is missing."""
    return Machine()
