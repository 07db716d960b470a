# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a selection to rendered instances: values are read from the cluster while what needs none is rendered."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from .. import _values
from .._cluster import Cluster
from .._errors import Problem, RenderError, RoroError
from .._model import Instance
from .._objects import KubeObject, without_secret_values
from .._render import ClusterFacts, Manifest, RenderCache, RenderedInstance, render_instance, resolved, whole
from .._secrets import Secrets
from .._state import cache_directory
from .._values import Settled
from .values import settled, wanted_of


@dataclass(frozen=True)
class Rendered:
    """One instance with its manifests. values: what was read for it. secrets: what must not be shown of it."""

    instance: Instance
    result: RenderedInstance
    values: Settled = field(default_factory=Settled)
    secrets: Secrets = field(default_factory=Secrets)

    def shown(self, manifest: Manifest) -> KubeObject:
        """A manifest as a person may see it."""
        found: KubeObject = self.secrets.hidden(without_secret_values(manifest.object))
        return found


def render_all(instances: Sequence[Instance], cluster: Cluster | None, stop: threading.Event, root: Path | None = None) -> list[Rendered]:
    """All instances, in the order given; charts and kustomizations several at once. cluster: may be None where no instance has values.
    root: the workspace's folder.

    Raises RenderError with the problems of all templates, ValueFailed with those of all values, ClusterError, Interrupted.
    """
    cache = RenderCache(template_directory())
    wanted = wanted_of(instances)
    if cluster is None:
        return render_each(instances, {}, cache, root, None)
    facts = cluster_facts(cluster) if any(map(sees_cluster, instances)) else None
    if not wanted:
        return render_each(instances, {}, cache, root, facts)
    with ThreadPoolExecutor(1, thread_name_prefix="roro-values") as pool:
        reading = pool.submit(_values.read_values, cluster, wanted)
        found = render_each([instance for instance in instances if not instance.values], {}, cache, root, facts)
    values = settled(_values.await_values(cluster, reading.result(), stop))
    found += render_each([instance for instance in instances if instance.values], values, cache, root, facts)
    by_id = {item.instance.id: item for item in found}
    return [by_id[instance.id] for instance in instances]


def render_each(
    instances: Sequence[Instance], values: Mapping[str, Settled], cache: RenderCache, root: Path | None, facts: ClusterFacts | None
) -> list[Rendered]:
    """Each instance rendered; where commands do it, as many at once as there are processors. Raises RenderError with the problems of all,
    each with the instances that have it."""

    def work(instance: Instance) -> Rendered | RenderError:
        try:
            return render_one(instance, values.get(instance.id, Settled()), cache, root, facts)
        except RenderError as error:
            return error

    if len(instances) < 2 or not any(whole(instance.manifests) for instance in instances):
        done = [work(instance) for instance in instances]
    else:
        with ThreadPoolExecutor(os.cpu_count() or 2, thread_name_prefix="roro-render") as pool:
            done = list(pool.map(work, instances))
    failed = {item.id: result.problems for item, result in zip(instances, done, strict=True) if isinstance(result, RenderError)}
    if failed:
        raise RenderError.of(with_instances(failed))
    return [result for result in done if isinstance(result, Rendered)]


def with_instances(failed: Mapping[str, Sequence[Problem]]) -> list[Problem]:
    """What went wrong by instance, each problem once with the instances that have it."""
    whose: dict[Problem, list[str]] = {}
    for instance, problems in failed.items():
        for problem in problems:
            whose.setdefault(problem, []).append(instance)
    return [replace(problem, message=f"{problem.message} ({_instances(names)})") for problem, names in whose.items()]


def _instances(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    shown = ", ".join(unique[:4]) + (f" and {len(unique) - 4} more" if len(unique) > 4 else "")
    return f"instance{'s' if len(unique) > 1 else ''} {shown}"


def sees_cluster(instance: Instance) -> bool:
    """Whether its templates may ask what the cluster serves, as Helm charts do."""
    engine = whole(instance.manifests)
    return engine is not None and engine.name == "helm"


def cluster_facts(cluster: Cluster) -> ClusterFacts:
    """The cluster's version, and what it serves as charts ask for it: `apps/v1` and `apps/v1/Deployment`. Raises ClusterError."""
    served = {name for found in cluster.resources() for name in (found.api_version, f"{found.api_version}/{found.kind}")}
    return ClusterFacts(cluster.version(), tuple(sorted(served)))


def render_one(
    instance: Instance, values: Settled, cache: RenderCache, root: Path | None = None, facts: ClusterFacts | None = None
) -> Rendered:
    """One instance with these values. Raises RenderError without any secret in it."""
    secrets = Secrets([values.values, *(variable.value for variable in instance.variables.values())])
    try:
        secrets.add(resolved(instance, values.values))
        return Rendered(instance, render_instance(instance, values=values.values, cache=cache, root=root, cluster=facts), values, secrets)
    except RenderError as error:
        if not secrets:
            raise
        raise RenderError.of([_hidden(problem, secrets) for problem in error.problems]) from None


def _hidden(problem: Problem, secrets: Secrets) -> Problem:
    return Problem(secrets.hide(problem.message), problem.where, secrets.hide(problem.hint) if problem.hint else None, problem.reason)


def template_directory() -> Path | None:
    """None where nothing can be kept, as with a read-only home: templates are then compiled by every run."""
    try:
        return cache_directory("templates")
    except RoroError:
        return None


__all__ = ["ClusterFacts", "Rendered", "cluster_facts", "render_all", "render_each", "sees_cluster", "template_directory"]
