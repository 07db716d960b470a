# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what values need: every kind and namespace once, all at the same time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from .._cluster import Cluster, Resource
from .._errors import ApiError, KindNotServed
from .._objects import KubeObject
from .pick import pick
from .types import Answer, Place, Wanted

_AT_ONCE = 16


class Refused(Exception):
    """The place cannot be read; carries the answer for all that want it."""

    def __init__(self, error: ApiError | KindNotServed) -> None:
        super().__init__(str(error))
        self.error = error

    def answer(self, wanted: Wanted) -> Answer:
        """The refusal as that value's answer."""
        problem = self.error.problems[0]
        if isinstance(self.error, ApiError) and self.error.status == 403:
            return Answer(wanted, reason="Forbidden", message=f"{wanted} may not be read: {problem.message}", hint=problem.hint)
        return Answer(wanted, reason="KindNotServed", message=problem.message, hint=problem.hint)


def read_values(cluster: Cluster, wanted: Sequence[Wanted]) -> list[Answer]:
    """The values as they are now, in the order given. Raises ClusterError when the cluster cannot be asked at all."""
    places: dict[Place, list[Wanted]] = defaultdict(list)
    for item in wanted:
        places[item.place].append(item)
    if not places:
        return []
    if len(places) == 1:
        answers = _read_place(cluster, list(wanted))
    else:
        with ThreadPoolExecutor(min(_AT_ONCE, len(places)), thread_name_prefix="roro-values") as pool:
            answers = [answer for found in pool.map(partial(_read_place, cluster), places.values()) for answer in found]
    by_wanted = {id(answer.wanted): answer for answer in answers}
    return [by_wanted[id(item)] for item in wanted]


def _read_place(cluster: Cluster, wanted: list[Wanted]) -> list[Answer]:
    try:
        objects = _objects(cluster, wanted)
    except Refused as refused:
        return [refused.answer(item) for item in wanted]
    return [pick(item, objects) for item in wanted]


def _objects(cluster: Cluster, wanted: list[Wanted]) -> list[KubeObject]:
    """A GET where one object is named; else one LIST, or a GET for each where listing is not allowed. Raises Refused."""
    try:
        resource = cluster.resource(wanted[0].source.api_version, wanted[0].source.kind)
    except KindNotServed as error:
        raise Refused(error) from error
    namespace = (wanted[0].namespace or None) if resource.namespaced else None
    names = sorted({item.source.name for item in wanted if item.source.name is not None})
    selectors = {item.source.selector or "" for item in wanted if item.source.name is None}
    try:
        if not selectors and len(names) == 1:
            return _get(cluster, resource, namespace, names)
        return cluster.list(resource, namespace, selector="" if names or len(selectors) > 1 else next(iter(selectors))).items
    except ApiError as error:
        if error.status == 403 and not selectors:
            return _get_allowed(cluster, resource, namespace, names, error)
        if error.status in (403, 404):
            raise Refused(error if error.status == 403 else _gone(wanted[0])) from error
        raise


def _get_allowed(cluster: Cluster, resource: Resource, namespace: str | None, names: list[str], first: ApiError) -> list[KubeObject]:
    if len(names) == 1:
        raise Refused(first)
    try:
        return _get(cluster, resource, namespace, names)
    except ApiError as error:
        raise Refused(error) from error


def _get(cluster: Cluster, resource: Resource, namespace: str | None, names: list[str]) -> list[KubeObject]:
    found = [cluster.get(resource, namespace, name) for name in names]
    return [item for item in found if item is not None]


def _gone(wanted: Wanted) -> KindNotServed:
    return KindNotServed(
        f"the cluster does not serve {wanted.source.kind} ({wanted.source.api_version}) any more",
        hint="Install the CustomResourceDefinition that defines it again, or correct apiVersion and kind.",
    )
