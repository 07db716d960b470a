# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of an environment's objects is followed, and which instances somebody may have changed. One watch for each kind; in quiet nothing
else is asked of the server.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .._cluster import Cluster
from .._cluster.follow import Change, Feed, Scope, State
from .._objects import LABEL_RECORD, Identity, ObjectRef
from .._release import Glance, InstanceRecord, glance, strayed
from .._release.ownership.labels import environment_selector

_FEW = 3
"""Namespaces of a kind that are followed one by one; of more, all are followed at once where that is allowed."""
_SECRETS = ("v1", "Secret")
Place = tuple[str, str, str]
"""(apiVersion, kind, namespace)."""


@dataclass(frozen=True)
class Heard:
    """What the news were about. objects: identities of what changed. records: the cluster's records changed. again: what could not be
    learned for a while is known again."""

    objects: frozenset[Identity] = frozenset()
    records: bool = False
    again: bool = False


@dataclass
class Watching:
    """Follows what is owned. One thread uses it. troubles: why something cannot be learned now, by what is followed."""

    cluster: Cluster
    workspace: str
    environment: str
    _feed: Feed = field(init=False)
    _kinds: dict[Scope, tuple[str, str]] = field(default_factory=dict)
    _records: set[Scope] = field(default_factory=set)
    _wide_refused: set[tuple[str, str]] = field(default_factory=set)
    _synced: set[Scope] = field(default_factory=set)
    _places: frozenset[Place] = frozenset()
    _homes: frozenset[str] = frozenset()
    troubles: dict[Scope, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._feed = self.cluster.followers.feed()

    def close(self) -> None:
        """Follow nothing any more."""
        self._feed.close()

    @property
    def trouble(self) -> str:
        """Why something cannot be learned now, "" when all can."""
        return next(iter(self.troubles.values()), "")

    @property
    def complete(self) -> bool:
        """Whether all that is followed was told once."""
        return self._synced >= set(self._feed.followers)

    def follow(self, refs: Iterable[ObjectRef], homes: Iterable[str]) -> None:
        """Follow the kinds and namespaces of these, and the records in `homes`; nothing else any more."""
        self._places = frozenset((ref.api_version, ref.kind, ref.namespace or "") for ref in refs)
        self._homes = frozenset(homes)
        self._join()

    def _join(self) -> None:
        selector = environment_selector(self.workspace, self.environment)
        wanted: dict[Scope, tuple[str, str]] = {}
        for (api_version, kind), namespaces in _by_kind(self._places).items():
            resource = self.cluster.find_resource(api_version, kind)
            if resource is None:
                continue  # a kind that is not served has no objects
            for namespace in self._spread((api_version, kind), namespaces):
                scope = Scope(resource, namespace, f"{selector},!{LABEL_RECORD}")
                wanted[scope] = (resource.group, kind)
        secrets = self.cluster.resource(*_SECRETS)
        records = {
            Scope(secrets, namespace, f"{selector},{LABEL_RECORD}=instance", metadata_only=True)
            for namespace in self._spread(("", "record"), self._homes)
        }
        for scope in set(self._feed.followers) - wanted.keys() - records:
            self._feed.leave(scope)
            self._synced.discard(scope)
            self.troubles.pop(scope, None)
        self._kinds, self._records = wanted, records
        for scope in wanted:
            self._feed.follow(scope, glance)
        for scope in records:
            self._feed.follow(scope)

    def _spread(self, kind: tuple[str, str], namespaces: Collection[str]) -> Sequence[str | None]:
        if "" in namespaces or (len(namespaces) > _FEW and kind not in self._wide_refused):
            return [None]
        return sorted(namespaces)

    def take(self, seconds: float) -> Heard:
        """What happened, waited for at most so long."""
        objects: set[Identity] = set()
        records = again = False
        narrower = False
        for item in self._feed.take(seconds):
            if isinstance(item, State):
                narrower |= self._refused(item)
                again |= self._told(item)
            elif item.scope in self._records:
                records = True
            elif item.scope in self._kinds:
                objects.add(self._identity(item))
        if narrower:
            self._join()
        return Heard(frozenset(objects), records, again)

    def _identity(self, change: Change) -> Identity:
        return (*self._kinds[change.scope], *change.key)

    def _refused(self, state: State) -> bool:
        """Whether all namespaces at once may not be followed, so that each is from now on."""
        if not state.refused or state.scope.namespace is not None or not state.scope.resource.namespaced:
            return False
        kind = ("", "record") if state.scope in self._records else (state.scope.resource.api_version, state.scope.resource.kind)
        if kind in self._wide_refused:
            return False
        self._wide_refused.add(kind)
        return True

    def _told(self, state: State) -> bool:
        """Whether what could not be learned is known again."""
        if state.synced:
            self._synced.add(state.scope)
        if state.error is None:
            return self.troubles.pop(state.scope, None) is not None
        self.troubles[state.scope] = state.error.problems[0].message
        return False

    def seen(self, ref: ObjectRef) -> Glance | None:
        """What is there of an object; None where nothing is."""
        key = (ref.namespace or "", ref.name)
        for scope, (group, kind) in self._kinds.items():
            if (group, kind) == (ref.group, ref.kind) and scope.namespace in (None, ref.namespace):
                found: Glance | None = self._feed.followers[scope].get(key)
                return found
        return None

    def follows(self, ref: ObjectRef) -> bool:
        """Whether all there is of the object's kind and place was told once, so that what was not told is not there."""
        return any(
            (group, kind) == (ref.group, ref.kind) and scope.namespace in (None, ref.namespace) and scope in self._synced
            for scope, (group, kind) in self._kinds.items()
        )


@dataclass
class Suspects:
    """Which objects may not be what was applied, and those that were found to be all right as they are."""

    watching: Watching
    _accepted: dict[Identity, Glance | None] = field(default_factory=dict)

    def of(self, record: InstanceRecord) -> dict[Identity, Glance | None]:
        """Of one instance: identity -> what is there now."""
        followed = (owned for owned in record.objects if self.watching.follows(owned.ref))
        seen = {owned.ref.identity: (owned, self.watching.seen(owned.ref)) for owned in followed}
        return {key: now for key, (owned, now) in seen.items() if strayed(owned, now) and not self._is_accepted(key, now)}

    def _is_accepted(self, identity: Identity, seen: Glance | None) -> bool:
        return identity in self._accepted and self._accepted[identity] == seen

    def accept(self, seen: Mapping[Identity, Glance | None]) -> None:
        """A plan has found nothing to do about these: not looked at again while they stay like this."""
        self._accepted.update(seen)


def _by_kind(places: Iterable[Place]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for api_version, kind, namespace in places:
        found[(api_version, kind)].add(namespace)
    return found
