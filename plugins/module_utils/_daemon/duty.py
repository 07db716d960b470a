# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the daemon hosts: a duty, its work, and what the daemon offers to it. Everything happens on the daemon's event loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import asyncio  # every `roro` imports this file, few need that


class Told(Protocol):
    """A status that clients are told."""

    def as_record(self) -> dict[str, Any]:
        """JSON-ready."""


class Shared(Protocol):
    """What several duties use together."""

    async def close(self) -> None:
        """The daemon ends."""


S = TypeVar("S", bound=Shared)


class Desk(Protocol):
    """What the daemon offers to one duty."""

    @property
    def kept(self) -> Mapping[str, Any]:
        """What was written down last, by the keys that the duty keeps; empty where there was nothing."""

    def save(self) -> None:
        """What the duty keeps has changed: write it down."""

    def tell(self, status: Told) -> None:
        """Tell the clients that watch the duty."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a task whose failure is told; it is cancelled after the duty was stopped."""

    def shared(self, kind: type[S]) -> S:
        """The one of this kind in the daemon, made when first asked for."""

    def put_aside(self) -> None:
        """What was kept is not usable: the state file goes out of the way, for a person to look at."""


class Work(Protocol):
    """A duty at work."""

    @property
    def busy(self) -> bool:
        """Whether there is something to do. A daemon without anything ends after a while."""

    def resume(self) -> None:
        """Go on with what ran before, as it was kept. Called once, first."""

    async def answer(self, do: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one of the duty's requests, one at a time. Raises RoroError for what is refused."""

    def kept(self) -> dict[str, Any]:
        """What to write down, JSON-ready, by the keys that the duty keeps."""

    async def stop(self) -> None:
        """Close everything; what is to run will run again in the next daemon."""


@dataclass(frozen=True)
class Duty:
    """requests: values of `do` that it answers. keeps: keys of the state file. topic: the word before its news on the socket."""

    name: str
    requests: tuple[str, ...]
    keeps: tuple[str, ...]
    topic: str
    begin: Callable[[Desk], Work]
