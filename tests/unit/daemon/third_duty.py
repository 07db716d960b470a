"""A duty from outside the engine: it keeps notes. Imported by the tests and by the daemon's process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._daemon import DaemonClient, Desk, Duty
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

RAISES: set[str] = set()
"""Where it raises: begin, resume, answer, kept, busy, task, stop. In the daemon's process: what is in the file that NOTES_RAISE names."""


def perhaps_raise(where: str) -> None:
    """A defect."""
    file = Path(os.environ.get("NOTES_RAISE", os.devnull))
    if where in RAISES or where in (file.read_text().split() if file.exists() else ()):
        raise ZeroDivisionError(f"notes broke in {where}")


@dataclass(frozen=True)
class Note:
    """A note as clients are told it."""

    text: str

    def as_record(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"text": self.text}


class Notes:
    """The work. resumed: notes that were there when it began."""

    def __init__(self, desk: Desk) -> None:
        perhaps_raise("begin")
        self._desk = desk
        self._notes: list[str] = list(desk.kept.get("notes") or [])
        self.resumed = 0
        desk.spawn(self._task())

    @property
    def busy(self) -> bool:
        """While there are notes."""
        perhaps_raise("busy")
        return bool(self._notes)

    def resume(self) -> None:
        """Count."""
        perhaps_raise("resume")
        self.resumed = len(self._notes)

    async def answer(self, do: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """`note` with `what`: list, watch, add (`text`), forget."""
        perhaps_raise("answer")
        what = request.get("what")
        if what == "add":
            self._notes.append(str(request["text"]))
            self._desk.tell(Note(self._notes[-1]))
            self._desk.save()
        elif what == "forget":
            self._notes.clear()
            self._desk.save()
        elif what not in ("list", "watch"):
            raise UsageError(f'notes know no "{what}"')
        return {"notes": [Note(text).as_record() for text in self._notes], "resumed": self.resumed}

    def kept(self) -> dict[str, Any]:
        """The notes."""
        perhaps_raise("kept")
        return {"notes": self._notes}

    async def stop(self) -> None:
        """Nothing is open."""
        perhaps_raise("stop")

    async def _task(self) -> None:
        perhaps_raise("task")
        await asyncio.Event().wait()


DUTY = Duty("notes", ("note",), ("notes",), "note", Notes)


class NotesClient(DaemonClient):
    """Asks for notes."""

    duties = (__name__,)

    def notes(self, what: str = "list", **arguments: Any) -> list[str]:
        """The notes after a request."""
        return [record["text"] for record in self.ask("note", what=what, **arguments)["notes"]]
