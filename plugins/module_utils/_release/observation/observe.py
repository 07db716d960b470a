# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on the cluster: records, objects of the environment, and other owners' objects under desired names.

All by LISTs, in parallel: one for the records, one labelled LIST per kind and namespace, and only where a desired or recorded object is
missing from that, a look for an unlabelled one. When there is nothing to do, that is all that a run asks for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from ..._cluster import Cluster, ObjectList, Resource
from ..._errors import ApiError, ClusterError
from ..._objects import LABEL_RECORD, Identity, KubeObject, ObjectRef, is_leaving, ref_of
from ..data.desired import Desired
from ..data.observed import Observed
from ..data.record import InstanceRecord, OwnedObject
from ..manifests.interception import DEFINITION
from ..ownership.labels import environment_selector, owner_of
from ..planning.wanted import announced_resources, defined_resources
from ..readiness import BUILT_IN_GROUPS
from ..records.instance_records import list_records
from ..workers import Workers
from .autoscalers import read_scaled

Place = tuple[str, str, str]
"""(group, kind, namespace); namespace "" for cluster-scoped kinds."""
_FEW = 4
_DEFINITION = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


class _Observer:
    """Gathers in rounds; each round is one wave of parallel requests."""

    def __init__(self, cluster: Cluster, workspace: str, environment: str, workers: Workers) -> None:
        self.cluster, self.workers = cluster, workers
        self.workspace, self.environment = workspace, environment
        self.selector = f"{environment_selector(workspace, environment)},!{LABEL_RECORD}"
        self.served: dict[tuple[str, str], Resource] = {}
        self.objects: dict[Identity, KubeObject] = {}
        self.versions: dict[Place, str] = {}
        self.namespaces: dict[str, KubeObject] = {}
        self.asked: set[str] = set()
        self.ending: set[tuple[str, str]] = set()
        self.records: dict[str, InstanceRecord] = {}
        self.notices: list[str] = []

    def read_records(self, namespaces: Iterable[str]) -> None:
        found, notice = list_records(self.cluster, self.workspace, self.environment, tuple(namespaces))
        self.records = found
        if notice:
            self.notices.append(notice)

    def list_labelled(self, places: Iterable[Place]) -> list[Callable[[], None]]:
        """The calls that are still to be made for these places."""
        return [partial(self._list_labelled, place) for place in sorted(set(places) - set(self.versions))]

    def _list_labelled(self, place: Place) -> None:
        resource = self.served[place[:2]]
        found = _tolerant(lambda: self.cluster.list(resource, place[2] or None, selector=self.selector), resource, place[2])
        self.versions[place] = found.resource_version
        for item in found.items:
            self.objects[ref_of(item).identity] = item

    def vanished(self) -> set[tuple[str, str]]:
        """Kinds that discovery still named, from its cache, and of which the server knows nothing any more."""
        found = {place[:2] for place, version in self.versions.items() if not version}
        if found:
            self.cluster.invalidate_discovery()
            self.versions = {place: version for place, version in self.versions.items() if version}
        return found

    def look_at_namespaces(self, names: Iterable[str]) -> list[Callable[[], None]]:
        """The calls that are still to be made for these. What is found inside proves nothing: it may be about to go."""
        new = sorted(set(names) - self.asked - {""})
        self.asked.update(new)
        return [partial(self._get_namespace, name) for name in new]

    def _get_namespace(self, name: str) -> None:
        resource = self.cluster.resource("v1", "Namespace")
        try:
            found = self.cluster.get(resource, None, name)
        except ApiError as error:
            if error.status != 403:
                raise
            found = {}
        if found is not None:
            self.namespaces[name] = found

    def look_at_definitions(self) -> list[Callable[[], None]]:
        """The calls that find out which of the served custom kinds are about to go with their definition."""
        definitions = self.served.get(DEFINITION) or next(iter(served_kinds(self.cluster, [_DEFINITION], exact=True).values()), None)
        if definitions is None:
            return []
        custom = {f"{item.plural}.{item.group}": key for key, item in self.served.items() if key[0] not in BUILT_IN_GROUPS}
        if len(custom) > _FEW:
            return [partial(self._list_definitions, definitions, custom, "")]
        return [partial(self._list_definitions, definitions, custom, f"metadata.name={name}") for name in sorted(custom)]

    def _list_definitions(self, definitions: Resource, custom: Mapping[str, tuple[str, str]], field_selector: str) -> None:
        """Without the right to read them nothing is known."""
        try:
            found = self.cluster.list(definitions, field_selector=field_selector, metadata_only=True).items
        except ApiError as error:
            if error.status not in (403, 404):
                raise
            return
        names = {item["metadata"]["name"] for item in found if is_leaving(item)}
        self.ending |= {kind for name, kind in custom.items() if name in names}

    def find_strangers(self, place: Place, refs: Sequence[ObjectRef]) -> None:
        """Objects under desired names that do not carry the environment's labels."""
        self.objects |= self._by_name(place, {ref.name for ref in refs})

    def find_unlabelled(self, place: Place, owned: Sequence[OwnedObject]) -> None:
        """Recorded objects that somebody took our labels from: ours while the UID is the recorded one and no other owner is named."""
        uids = {item.ref.name: item.uid for item in owned}
        for identity, live in self._by_name(place, set(uids)).items():
            if live["metadata"].get("uid") == uids[identity[3]] and not self._belongs_to_others(live):
                self.objects[identity] = live

    def _belongs_to_others(self, live: KubeObject) -> bool:
        owner = owner_of(live)
        return owner is not None and (owner.workspace or self.workspace, owner.environment or self.environment) != (
            self.workspace,
            self.environment,
        )

    def _by_name(self, place: Place, names: set[str]) -> dict[Identity, KubeObject]:
        resource = self.served[place[:2]]
        if len(names) > _FEW:
            found = _tolerant(lambda: self.cluster.list(resource, place[2] or None, metadata_only=True), resource, place[2])
            names = names & {str(item["metadata"]["name"]) for item in found.items}
        if len(names) > _FEW:
            whole = _tolerant(lambda: self.cluster.list(resource, place[2] or None), resource, place[2])
            return {(*place, name): item for item in whole.items if (name := str(item["metadata"]["name"])) in names}
        read = {(*place, name): self.cluster.get(resource, place[2] or None, name) for name in sorted(names)}
        return {identity: live for identity, live in read.items() if live is not None}

    def forget_terminating(self) -> None:
        """What is in a namespace that is being deleted or is gone, or of a kind whose definition is being deleted, counts as gone."""
        leaving = {name for name, obj in self.namespaces.items() if is_leaving(obj)}
        dying = leaving | (self.asked - self.namespaces.keys())
        stays = {key: obj for key, obj in self.objects.items() if key[2] not in dying and key[:2] not in self.ending}
        self.objects = stays
        self.versions = {
            place: version for place, version in self.versions.items() if place[2] not in leaving and place[:2] not in self.ending
        }
        self.records = {name: record for name, record in self.records.items() if record.namespace not in dying}


def observe(cluster: Cluster, workspace: str, environment: str, desired: Sequence[Desired], workers: Workers) -> Observed:
    """The cluster as `plan` needs it. Raises ClusterError with what to do when something may not be read."""
    observer = _Observer(cluster, workspace, environment, workers)
    promised = announced_resources(desired) | defined_resources(desired)
    kinds = {(m.ref.api_version, m.ref.kind) for item in desired for m in item.manifests}
    observer.served = served_kinds(cluster, kinds, exact=True)
    wanted = _wanted_places(desired, observer.served)
    homes = {item.instance.namespace for item in desired}
    calls: list[Callable[[], None]] = [partial(observer.read_records, homes), *observer.list_labelled(wanted)]
    calls += observer.look_at_namespaces(homes | {place[2] for place in wanted})
    workers.all(calls)
    _second_round(observer, wanted, definitions=True)
    missing: dict[Place, list[ObjectRef]] = defaultdict(list)
    for place, refs in wanted.items():
        exists = not place[2] or place[2] in observer.namespaces
        missing[place] = [ref for ref in refs if exists and (*place, ref.name) not in observer.objects]
    workers.all([partial(observer.find_strangers, place, refs) for place, refs in missing.items() if refs])
    observer.forget_terminating()
    unsaid = {(*place, ref.name) for place, refs in wanted.items() for ref in refs} & _without_replicas(desired)
    gone = observer.ending | observer.vanished()
    served = {key: resource for key, resource in observer.served.items() if key not in gone}
    return Observed(
        scaled=read_scaled(cluster, observer.objects, unsaid, workers),
        objects=observer.objects,
        records=observer.records,
        namespaces=observer.namespaces,
        served={**served, ("", "Namespace"): cluster.resource("v1", "Namespace")},
        promised={key: resource for key, resource in promised.items() if key not in served},
        ending=frozenset(observer.ending),
        versions=observer.versions,
        notices=tuple(observer.notices),
        unserved=_unserved(cluster, kinds, promised),
        unanswered=cluster.unanswered(),
    )


def _without_replicas(desired: Sequence[Desired]) -> set[Identity]:
    """Identities of manifests that do not say how many replicas there are."""
    found = set()
    for item in desired:
        for manifest in item.manifests:
            spec, ref = manifest.object.get("spec"), manifest.ref
            if isinstance(spec, dict) and "replicas" not in spec:
                found.add((ref.group, ref.kind, ref.namespace or item.instance.namespace, ref.name))
    return found


def observe_recorded(
    cluster: Cluster, workspace: str, environment: str, homes: Iterable[str], workers: Workers, names: Collection[str] = ()
) -> Observed:
    """The same for what is recorded or labelled, without any documents: for `down` and `ps`. What is being deleted is in it. homes: where
    to look for records when the whole cluster may not be searched. names: only these instances; all when empty."""
    observer = _Observer(cluster, workspace, environment, workers)
    calls: list[Callable[[], None]] = [partial(observer.read_records, homes), *observer.look_at_namespaces(homes)]
    workers.all(calls)
    if names:
        observer.records = {name: record for name, record in observer.records.items() if name in names}
    _second_round(observer, {})
    return Observed(
        objects=observer.objects,
        records=observer.records,
        namespaces=observer.namespaces,
        served=observer.served,
        versions=observer.versions,
        notices=tuple(observer.notices),
        unanswered=cluster.unanswered(),
    )


def _second_round(observer: _Observer, wanted: dict[Place, list[ObjectRef]], *, definitions: bool = False) -> None:
    """What only the records know of, and the namespaces and definitions that may be about to go."""
    refs = [owned.ref for record in observer.records.values() for owned in record.objects]
    refs += [hook.ref for record in observer.records.values() for hook in record.hooks]
    kinds = {(ref.api_version, ref.kind) for ref in refs if (ref.group, ref.kind) not in observer.served}
    observer.served |= served_kinds(observer.cluster, kinds, exact=False)
    recorded = {(ref.group, ref.kind, ref.namespace or "") for ref in refs if (ref.group, ref.kind) in observer.served}
    places = {identity[2] for identity in observer.objects} | {record.namespace for record in observer.records.values()}
    calls: list[Callable[[], None]] = observer.list_labelled(recorded)
    calls += [*observer.look_at_namespaces(places), *(observer.look_at_definitions() if definitions else ())]
    observer.workers.all(calls)
    observer.workers.all([partial(observer.find_unlabelled, place, owned) for place, owned in _unseen(observer, wanted).items()])


def _unseen(observer: _Observer, wanted: dict[Place, list[ObjectRef]]) -> dict[Place, list[OwnedObject]]:
    """Recorded objects that no labelled LIST showed. Those that are wanted are looked for with the strangers."""
    found: dict[Place, list[OwnedObject]] = defaultdict(list)
    asked = {(*place, ref.name) for place, refs in wanted.items() for ref in refs}
    for owned in (owned for record in observer.records.values() for owned in record.objects if owned.uid):
        identity = owned.ref.identity
        if identity not in observer.objects and identity not in asked and identity[:2] in observer.served:
            found[identity[:3]].append(owned)
    return found


def served_kinds(cluster: Cluster, kinds: Iterable[tuple[str, str]], *, exact: bool) -> dict[tuple[str, str], Resource]:
    """(group, kind) -> Resource of those (apiVersion, kind) that are served: in that version, or when not `exact` in any.
    Discovery is refreshed at most once, and only when something is missing."""
    asked = sorted(kinds)
    found = _look_up(cluster, asked, exact=exact)
    missing = [pair for pair in asked if (_group(pair[0]), pair[1]) not in found]
    if missing:
        cluster.find_resource(*missing[0])
        found = _look_up(cluster, asked, exact=exact)
    return found


def _unserved(
    cluster: Cluster, kinds: Iterable[tuple[str, str]], promised: Mapping[tuple[str, str], Resource]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Those that the server has not in this very version, and that nothing of the run brings -> what is served instead."""
    served = {(resource.api_version, resource.kind) for resource in cluster.resources()}
    missing = [pair for pair in kinds if pair not in served and (_group(pair[0]), pair[1]) not in promised]
    return {pair: cluster.instead(*pair) for pair in missing}


def _look_up(cluster: Cluster, asked: Sequence[tuple[str, str]], *, exact: bool) -> dict[tuple[str, str], Resource]:
    exactly: dict[tuple[str, str], Resource] = {}
    roughly: dict[tuple[str, str], Resource] = {}
    for resource in cluster.resources():
        exactly.setdefault((resource.api_version, resource.kind), resource)
        roughly.setdefault((resource.group, resource.kind), resource)
    found: dict[tuple[str, str], Resource] = {}
    for api_version, kind in asked:
        key = (_group(api_version), kind)
        hit = exactly.get((api_version, kind)) or (None if exact else roughly.get(key))
        if hit is not None:
            found[key] = hit
    return found


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]


def _wanted_places(desired: Sequence[Desired], served: dict[tuple[str, str], Resource]) -> dict[Place, list[ObjectRef]]:
    places: dict[Place, list[ObjectRef]] = defaultdict(list)
    for item in desired:
        for manifest in item.manifests:
            ref = manifest.ref
            resource = served.get((ref.group, ref.kind))
            if resource is not None:
                namespace = (ref.namespace or item.instance.namespace) if resource.namespaced else ""
                places[(ref.group, ref.kind, namespace)].append(ref)
    return places


def _tolerant(call: Callable[[], ObjectList], resource: Resource, namespace: str) -> ObjectList:
    """A kind that stopped being served has no objects; no rights is an error that says which."""
    try:
        return call()
    except ApiError as error:
        if error.status == 404:
            return ObjectList([], "")
        if error.status == 403:
            where = f"in namespace {namespace}" if namespace else "cluster-wide"
            raise ClusterError(
                f"you may not list {resource.plural} {where}",
                hint=f"Ask for the verbs get, list, watch, create, patch and delete on {resource.plural} {where}.",
            ) from error
        raise
