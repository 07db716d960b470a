# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What following takes and gives. Pure data."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from ..._errors import ApiError, ClusterError
from ..types import LASTING, Keep, Resource, WatchEvent

Key: TypeAlias = "tuple[str, str]"
"""(namespace, name); "" for the namespace of what has none."""
Tell = Callable[["ClusterError | None"], None]
"""Told with the error when nothing can be learned now, and with None when it can (again); either may come several times."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is followed: a resource in one namespace or in all (None). selector: of labels. fields: a field selector."""

    resource: Resource
    namespace: str | None = None
    selector: str = ""
    fields: str = ""
    metadata_only: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one object. object: what was kept of it; of one that was deleted, as it was last."""

    scope: Scope
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    key: Key
    object: Any


class Defect(ClusterError):
    """A defect of ours while following; its cause is what was raised."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a scope. synced: everything in it was told. error: why nothing can be learned now, and what is known may be old."""

    scope: Scope
    synced: bool = False
    error: ClusterError | None = None

    def raise_defect(self) -> None:
        """For users that end with a defect of ours instead of telling it. Raises what it was; nothing where the error is no defect."""
        if isinstance(self.error, Defect) and self.error.__cause__ is not None:
            raise self.error.__cause__

    @property
    def refused(self) -> bool:
        """Whether the error is one that somebody must change something about first: a right that is missing, a kind that is not there."""
        return is_refusal(self.error)


News: TypeAlias = "Change | State"


class Entry(NamedTuple):
    """One object in a cache. kept: what `keep` made of it."""

    key: Key
    uid: str
    version: str
    kept: Any


def is_refusal(error: Exception | None) -> bool:
    """Whether the API server answered with what asking again does not change by itself."""
    return isinstance(error, ApiError) and error.status in LASTING


class Watching(Protocol):
    """What is needed of a Cluster; see there."""

    def watch(
        self,
        resource: Resource,
        namespace: str | None = None,
        *,
        selector: str = "",
        field_selector: str = "",
        resource_version: str = "",
        metadata_only: bool = False,
        keep: Keep | None = None,
        stop: threading.Event,
        trouble: Tell | None = None,
    ) -> Iterator[WatchEvent]: ...
