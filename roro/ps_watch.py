"""`roro ps --watch`: a table that stays, a line for each change where no terminal is, or a document a line."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardClient
from ansible_collections.roro.kube.plugins.module_utils._health import watch_checks
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, StatusNews, same_news, watch_status

from .health_words import health_reason
from .json_output import json_text
from .notes import tell
from .ps_picture import Picture, picture_of, ready_words, status_word
from .reason_words import reason_words
from .tables import make_console

_LOOK_FOR_DAEMON = 2.0
"""Seconds between two looks whether the daemon runs now: it starts with the first forward or check."""


def show_changes(request: Request, output: str) -> None:
    """Until Ctrl-C. Raises RoroError when the status cannot be read at first."""
    stop = threading.Event()
    with watch_status(request, stop) as watch:
        _follow_daemon(watch.nudge, stop)
        for notice in watch.report.notices:
            tell(notice)
        changes = _changes(iter(watch))
        if output == "json":
            as_documents(changes)
        elif sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
            _as_table(changes)
        else:
            as_lines(changes)


Change = tuple[Picture, str]
"""(what is shown, why the API server cannot be asked or "")."""


def _changes(news: Iterator[StatusNews]) -> Iterator[Change]:
    """Each picture that differs from the one before."""
    before: StatusNews | None = None
    around: tuple[Any, Any] = ((), ())
    for item in news:
        picture = picture_of(item.report)
        now = (_states(picture.forwards), _states(picture.health))
        if not same_news(before, item) or now != around:
            before, around = item, now
            yield picture, item.error


def _states(statuses: Any) -> list[tuple[str, str, str, str]]:
    """What of forwards and checks is worth a new picture: not the bytes that went through, not when it was asked last."""
    return sorted((name, item.id, item.state, item.reason) for name, items in statuses.items() for item in items)


def as_documents(changes: Iterator[Change]) -> None:
    """One document a line for each change."""
    for picture, error in changes:
        print(json_text({**picture.document(), "reachable": not error, "error": error}, line=True), flush=True)


def as_lines(changes: Iterator[Change]) -> None:
    """One line for each instance whose status, reason, forwards or health changed."""
    told: dict[str, str] = {}
    away = ""
    for picture, error in changes:
        if bool(error) != bool(away):
            words = f"the API server does not answer: {error}" if error else "the API server answers again"
            tell(words)
        away = error
        for row in () if error else picture.report.instances:
            line = _line(picture, row)
            if told.get(row.instance) != line:
                told[row.instance] = line
                print(line, flush=True)
        for name in set(told) - {row.instance for row in picture.report.instances}:
            del told[name]
            print(f"{name}: gone", flush=True)


def _line(picture: Picture, row: Any) -> str:
    ready = f" {words}" if (words := ready_words(row)) else ""
    reason = reason_words(row.reason, row.message) or health_reason(picture.health.get(row.instance, ()))
    others = [f"{item.origin.name} {item.state}" for of in (picture.health, picture.forwards) for item in of.get(row.instance, ())]
    parts = (f"({reason})" if reason else "", f"[{', '.join(others)}]" if others else "")
    return " ".join([f"{row.instance}: {status_word(row)}{ready}", *(part for part in parts if part)])


def _as_table(changes: Iterator[Change]) -> None:
    from rich.console import Group, RenderableType
    from rich.live import Live
    from rich.text import Text

    shown: list[tuple[Change, datetime]] = []

    def draw() -> RenderableType:
        if not shown:
            return Text("reading")
        (picture, error), since = shown[-1]
        report = picture.report
        # Ages tick by our clock from the moment that the server's clock gave.
        now = datetime.fromisoformat(report.now) + (datetime.now(UTC) - since)
        title = Text(f"{report.workspace} {report.environment}", style="bold")
        if error:
            title.append(f"  the API server does not answer; this was so at {since.astimezone():%H:%M:%S}: {error}", style="red")
        return Group(title, picture.table(now=now.isoformat(), old=bool(error)))

    with Live(get_renderable=draw, console=make_console(), refresh_per_second=2, redirect_stderr=False, redirect_stdout=False) as live:
        for picture, error in changes:
            read = shown[-1][1] if shown and shown[-1][0][0].report.now == picture.report.now else datetime.now(UTC)
            shown[:] = [((picture, error), read)]
            live.refresh()


def _follow_daemon(changed: Callable[[], None], stop: threading.Event) -> None:
    """Call `changed` with each change of a forward and of a health check, once there is a daemon, and with the next one."""

    def forwards() -> None:
        client = ForwardClient.running()
        if client is not None:
            with client:
                for _ in client.watch():
                    changed()

    def checks() -> None:
        for _ in watch_checks():
            changed()

    def follow(watch: Callable[[], None]) -> None:
        while not stop.is_set():
            with contextlib.suppress(RoroError, OSError, ValueError):  # the daemon has ended
                watch()
            stop.wait(_LOOK_FOR_DAEMON)

    for watch in (forwards, checks):
        threading.Thread(target=follow, args=(watch,), name=f"roro-{watch.__name__}", daemon=True).start()
