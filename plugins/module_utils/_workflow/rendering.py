# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a selection to rendered instances: values are read from the cluster while what needs none is rendered."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from .._cluster import Cluster
from .._errors import Problem, RenderError, RoroError
from .._model import Instance
from .._render import RenderCache, RenderedInstance, render_instance
from .._secrets import Secrets
from .._state import cache_directory
from .._values import Settled, await_values, read_values
from .values import by_instance, settled, wanted_of


@dataclass(frozen=True)
class Rendered:
    """One instance with its manifests. values: what was read for it. secrets: what must not be shown of it."""

    instance: Instance
    result: RenderedInstance
    values: Settled = field(default_factory=Settled)
    secrets: Secrets = field(default_factory=Secrets)


def render_all(instances: Sequence[Instance], cluster: Cluster | None, stop: threading.Event) -> list[Rendered]:
    """All instances, in the order given. cluster: may be None where no instance has values.

    Raises RenderError with the problems of all templates, ValueFailed with those of all values, ClusterError, Interrupted.
    """
    cache = RenderCache(template_directory())
    wanted = wanted_of(instances)
    if cluster is None or not wanted:
        return [render_one(instance, Settled(), cache) for instance in instances]
    with ThreadPoolExecutor(1, thread_name_prefix="roro-values") as pool:
        reading = pool.submit(read_values, cluster, wanted)
        found = {instance.id: render_one(instance, Settled(), cache) for instance in instances if not instance.values}
    values = settled(await_values(cluster, reading.result(), stop))
    found |= {instance.id: render_one(instance, values[instance.id], cache) for instance in instances if instance.values}
    return [found[instance.id] for instance in instances]


def render_one(instance: Instance, values: Settled, cache: RenderCache) -> Rendered:
    """One instance with these values. Raises RenderError without any secret in it."""
    secrets = Secrets([values.values, *(variable.value for variable in instance.variables.values())])
    try:
        return Rendered(instance, render_instance(instance, values=values.values, cache=cache), values, secrets)
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


__all__ = ["Rendered", "by_instance", "render_all", "render_one", "template_directory"]
