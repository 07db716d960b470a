"""Progress as plain lines on stderr, for logs, pipes and CI: only what changed, never cursor movements."""

from __future__ import annotations

import sys
import threading

from ansible_collections.roro.kube.plugins.module_utils._events import Event, InstanceState, Notice, ObjectState, StepDone

from .reason_words import failed_words, harmless, reason_words


class PlainLines:
    """A listener for Progress that prints one line an instance change, failure or notice; `verbose` adds every object.

    Of a failure only the reason: the summary at the end tells all of it, once. prefix: begins each line.
    """

    def __init__(self, verbose: bool = False, prefix: str = "") -> None:
        self._verbose = verbose
        self._prefix = prefix
        self._lock = threading.Lock()
        self._told: dict[str, str] = {}

    def show(self, event: Event) -> None:
        """Print what is worth a line."""
        text = self._line(event)
        with self._lock:
            if text and not self._is_old(event, text):
                print(harmless(f"{self._prefix}{text}"), file=sys.stderr, flush=True)

    def _is_old(self, event: Event, text: str) -> bool:
        """Whether the same was the last word about this instance's state."""
        if not isinstance(event, InstanceState):
            return False
        before, self._told[event.instance] = self._told.get(event.instance), text
        return before == text

    def _line(self, event: Event) -> str:
        match event:
            case InstanceState(status="Failed"):
                return f"{event.instance}: Failed ({failed_words(event.reason, event.message)})"
            case InstanceState():
                detail = reason_words(event.reason, event.message)
                return f"{event.instance}: {event.status}" + (f" ({detail})" if detail else "")
            case StepDone() if event.error:
                return f"{_whose(event)}{event.action} {event.kind} {event.name} failed"
            case StepDone() if self._verbose and event.action != "unchanged":
                return f"{_whose(event)}{event.action} {event.kind} {event.name}" + (f" ({event.cause})" if event.cause else "")
            case ObjectState(state="failed"):
                return f"{event.instance}: {event.kind} {event.name} failed" + (f" ({event.reason})" if event.reason else "")
            case ObjectState() if self._verbose:
                detail = event.message or event.reason
                return f"{event.instance}: {event.kind} {event.name} {event.state}" + (f" ({detail})" if detail else "")
            case Notice():
                return f"{event.level}: {event.message}"
        return ""


def _whose(event: Event) -> str:
    """`api: `; nothing for what is the whole environment's, such as its namespaces."""
    return f"{event.instance}: " if event.instance else ""
