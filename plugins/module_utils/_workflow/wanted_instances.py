# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `up` wants: instances rendered now, and those that can only be rendered when others of the same run are healthy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .. import _values
from .._cluster import Cluster
from .._given import given
from .._model import Instance, told_below
from .._release.data.desired import Desired
from .._render import RenderCache
from .._values import LATER, Answer, Settled, Wanted, settle, wanted_by
from .checks_across_instances import check_across
from .rendering import ClusterFacts, Rendered, cluster_facts, render_each, sees_cluster, template_directory
from .values import by_instance, read_settled, settled, wanted_of

Objects = Mapping[tuple[str, str, str, str], str]
"""(group, kind, namespace, name) -> the instance whose manifests bring it."""


@dataclass
class Desire:
    """The instances of a run in dependency order. notes: what charts say, by instance; late ones are added when they are rendered."""

    cluster: Cluster | None
    root: Path | None
    desired: tuple[Desired, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    _cache: RenderCache = field(default_factory=lambda: RenderCache(template_directory()))
    _facts: ClusterFacts | None = None

    def fill(
        self, instances: Sequence[Instance], stop: threading.Event, tell: Callable[[str, str], None] = lambda instance, words: None
    ) -> None:
        """Render what can be rendered. tell: (instance, sentence) of values that are waited for. Raises RenderError, ValueFailed,
        ClusterError, Interrupted."""
        if self.cluster is not None and any(map(sees_cluster, instances)):
            self._facts = cluster_facts(self.cluster)
        plain = [instance for instance in instances if not instance.values]
        asking = [instance for instance in instances if instance.values]
        answers: list[Answer] = []
        if self.cluster is not None and asking:
            reading = _Reading(self.cluster, wanted_of(asking))
            found = self._render(plain, {})
            answers = reading.answers()
        else:
            found = self._render(plain, {})
        brought = _brought(found)
        hopeful = {instance.id: why for instance in asking if (why := _hope(instance, answers, brought))}
        late = {name for name in hopeful if settle(by_instance(answers)[name]).problems}
        if self.cluster is not None:
            known = [item for item in answers if item.wanted.instance in hopeful.keys() - late]  # by a default: not waited for
            hopeless = [item for item in answers if item.wanted.instance not in hopeful]
            answers = [*known, *_values.await_values(self.cluster, hopeless, stop, tell=tell)] if hopeless else known
        found += self._render([instance for instance in asking if instance.id not in late], settled(answers))
        check_across(found)
        rendered = {item.instance.id: item for item in found}
        brought = _brought(found)
        self.desired = tuple(
            self._desired(rendered[instance.id], brought)
            if instance.id in rendered
            else Desired(
                instance, (), rendered=False, why=hopeful[instance.id], again=self._renderer(instance), after=_after(instance, brought)
            )
            for instance in instances
        )

    def _render(self, instances: Sequence[Instance], values: Mapping[str, Settled]) -> list[Rendered]:
        return render_each(instances, values, self._cache, self.root, self._facts)

    def _desired(self, item: Rendered, brought: Objects) -> Desired:
        self.notes[item.instance.id] = item.secrets.hide(item.result.notes).strip()
        found = Desired(item.instance, item.result.manifests, item.result.digest, secrets=item.secrets)
        if not item.instance.values:
            return found
        return replace(found, again=self._renderer(item.instance), after=_after(item.instance, brought))

    def _renderer(self, instance: Instance) -> _Later:
        return _Later(self, instance)

    def again(self, instance: Instance, stop: threading.Event) -> Desired:
        """The instance with the values that are there now. Raises as `fill`."""
        cluster = given(self.cluster, "the cluster of an instance that waits for values")
        with told_below(self.root):
            values = read_settled(cluster, [instance], stop, instance.timeout)[instance.id]
            return self._desired(self._render([instance], {instance.id: values})[0], {})


@dataclass(frozen=True)
class _Later:
    """Renders one instance when it is called."""

    desire: Desire
    instance: Instance

    def __call__(self, stop: threading.Event) -> Desired:
        return self.desire.again(self.instance, stop)


class _Reading:
    """Values that are read in a thread of their own."""

    def __init__(self, cluster: Cluster, wanted: list[Wanted]) -> None:
        self._cluster, self._wanted = cluster, wanted
        self._found: list[Answer] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="roro-values", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            self._found = _values.read_values(self._cluster, self._wanted)
        except BaseException as error:
            self._error = error

    def answers(self) -> list[Answer]:
        """What was read. Raises what reading raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._found


def _brought(rendered: Sequence[Rendered]) -> dict[tuple[str, str, str, str], str]:
    """What the manifests bring."""
    return {
        (ref.group, ref.kind, ref.namespace or item.instance.namespace, ref.name): item.instance.id
        for item in rendered
        for ref in (manifest.ref for manifest in item.result.manifests)
    }


def _after(instance: Instance, brought: Objects) -> frozenset[str]:
    """The other instances whose manifests bring what the values are read from."""
    found = (brought.get(_key(wanted)) for wanted in wanted_by(instance))
    return frozenset(name for name in found if name is not None and name != instance.id)


def _key(wanted: Wanted) -> tuple[str, str, str, str]:
    source = wanted.source
    return (source.api_version.rpartition("/")[0], source.kind, wanted.namespace, source.name or "")


def _hope(instance: Instance, answers: Sequence[Answer], brought: Objects) -> str:
    """What is not there and others of the run may bring; "" where nothing is absent, none may bring it, or it would not help."""
    mine = by_instance(answers).get(instance.id, [])
    absent = [answer for answer in mine if answer.reason in LATER]
    errors = any(answer.reason is not None and answer.reason not in LATER for answer in mine)
    if errors or not absent or not (instance.depends_on or _after(instance, brought)):
        return ""
    return "; ".join(f"value {answer.wanted.source.variable}: {answer.message}" for answer in absent[:2])
