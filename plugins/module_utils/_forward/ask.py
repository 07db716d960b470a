# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a person asks for to specs: the cluster pinned, the words checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._cluster import Connection, describe, pinned
from .._errors import UsageError
from .._model import Selection
from .._run_id import run_id
from .types import ForwardSpec, Origin, Scope, read_target


@dataclass(frozen=True)
class Reach:
    """A cluster as the daemon will reach it. namespace: the context's own, "default" where it has none."""

    connection: Connection
    server: str
    context: str
    namespace: str


def reach(connection: Connection) -> Reach:
    """Pin a connection. Raises ConnectionFailed."""
    found = describe(connection)
    return Reach(pinned(connection), found.server, found.context, found.namespace or "default")


def make_spec(
    to: Reach,
    target: str,
    port: int | str,
    *,
    namespace: str | None = None,
    local_port: int | str | None = None,
    bind: Sequence[str] = (),
    open_path: str | None = None,
    origin: Origin | None = None,
    scope: Scope = "lasting",
    owner: tuple[int, float] | None = None,
) -> ForwardSpec:
    """A forward to one port. Raises UsageError."""
    return ForwardSpec(
        to.connection,
        namespace or to.namespace,
        str(read_target(target)),
        read_port(port),
        to.server,
        to.context,
        read_local_port(local_port),
        tuple(bind),
        open_path,
        origin or Origin(),
        scope,
        owner,
        run_id(),
    )


def specs_of(selection: Selection, to: Reach, *, scope: Scope = "lasting", owner: tuple[int, float] | None = None) -> list[ForwardSpec]:
    """The forwards that the documents ask for."""
    return [
        make_spec(
            to,
            forward.target,
            forward.port,
            namespace=instance.namespace,
            local_port=forward.local_port,
            bind=(forward.bind,) if forward.bind else (),
            open_path=forward.open,
            origin=Origin(selection.workspace.name, selection.environment.name, instance.id, forward.name),
            scope=scope,
            owner=owner,
        )
        for instance in selection.instances
        for forward in instance.forwards
    ]


def read_port(port: int | str) -> int | str:
    """A port's number or name. Raises UsageError."""
    text = str(port).strip()
    if text.isdigit():
        if not 1 <= int(text) <= 65535:
            raise UsageError(f"{text} is no port", hint="Ports are 1 to 65535.")
        return int(text)
    if not text or not text.replace("-", "").isalnum():
        raise UsageError(f'"{port}" is no port', hint="Give its number, or its name in the Service or the pod.")
    return text


def read_local_port(port: int | str | None) -> int | str | None:
    """A number, "auto", or None for the one of last time. Raises UsageError."""
    if port is None or port == "":
        return None
    text = str(port).strip()
    if text in ("auto", "0"):
        return "auto"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise UsageError(f'"{port}" is no local port', hint='Give a number from 1 to 65535, or "auto" for a free one.')
    return int(text)


def read_ports(text: str) -> tuple[int | str | None, int | str]:
    """`8080:80`, `:http` (a free port), `80` (the same number here, a free one for a name): local port and port. Raises UsageError."""
    local, colon, remote = text.rpartition(":")
    port = read_port(remote)
    if not colon:
        return (port if isinstance(port, int) else None), port
    return (read_local_port(local) if local else "auto"), port
