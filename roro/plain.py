"""Progress as plain lines on stderr, for logs, pipes and CI: only what changed, never cursor movements."""

from __future__ import annotations

import sys
import threading

from ansible_collections.roro.kube.plugins.module_utils._events import Event, InstanceState, Notice, ObjectState, StepDone

from .advice import reason_words


class PlainLines:
    """A listener for Progress that prints one line an instance change, failure or notice; `verbose` adds every object."""

    def __init__(self, verbose: bool = False) -> None:
        self._verbose = verbose
        self._lock = threading.Lock()
        self._told: dict[str, str] = {}
        self._errors: dict[str, list[str]] = {}

    def show(self, event: Event) -> None:
        """Print what is worth a line."""
        text = self._line(event)
        with self._lock:
            if text and not self._is_old(event, text):
                print(text, file=sys.stderr, flush=True)

    def _is_old(self, event: Event, text: str) -> bool:
        """Whether the same was the last word about this instance's state."""
        if not isinstance(event, InstanceState):
            return False
        before, self._told[event.instance] = self._told.get(event.instance), text
        return before == text

    def _news(self, event: InstanceState) -> str:
        """The message without the error of a step that has its own line already: the summary at the end tells all of it again."""
        message = event.message
        for error in self._errors.get(event.instance, ()):
            message = message.replace(error, "").strip("; ")
        return message

    def _line(self, event: Event) -> str:
        match event:
            case InstanceState():
                detail = reason_words(event.reason, self._news(event))
                return f"{event.instance}: {event.status}" + (f" ({detail})" if detail else "")
            case StepDone() if event.error:
                self._errors.setdefault(event.instance, []).append(event.error)
                return f"{event.instance}: {event.action} {event.kind} {event.name} failed: {event.error}"
            case StepDone() if self._verbose and event.action != "unchanged":
                return f"{event.instance}: {event.action} {event.kind} {event.name}" + (f" ({event.cause})" if event.cause else "")
            case ObjectState() if event.state == "failed" or self._verbose:
                detail = event.message or event.reason
                if detail.startswith(f"{event.state} "):
                    return f"{event.instance}: {event.kind} {event.name} {detail}"
                return f"{event.instance}: {event.kind} {event.name} {event.state}" + (f" ({detail})" if detail else "")
            case Notice():
                return f"{event.level}: {event.message}"
        return ""
