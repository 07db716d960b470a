# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of an environment's instances, read together; and one value on its own."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import _values
from .._cluster import Cluster, Connection, connect
from .._errors import Problem, UsageError, ValueFailed
from .._model import Environment, Instance, ValueSource
from .._secrets import secret_leaves
from .._values import Answer, Settled, Wanted, settle, wanted_by
from .choose_cluster import choose_cluster


def wanted_of(instances: Sequence[Instance]) -> list[Wanted]:
    """What all of them ask for."""
    return [wanted for instance in instances for wanted in wanted_by(instance)]


def read_settled(cluster: Cluster, instances: Sequence[Instance], stop: threading.Event, limit: float | None = None) -> dict[str, Settled]:
    """The values of each instance that has some; what may still come is waited for as long as its document says, at most `limit` seconds.

    Raises ValueFailed with every problem, ClusterError, Interrupted.
    """
    answers = _values.await_values(cluster, _values.read_values(cluster, wanted_of(instances)), stop, limit)
    return settled(answers)


def settled(answers: Sequence[Answer]) -> dict[str, Settled]:
    """The answers by instance. Raises ValueFailed with every problem."""
    found = {name: settle(group) for name, group in by_instance(answers).items()}
    problems: list[Problem] = [problem for item in found.values() for problem in item.problems]
    if problems:
        raise ValueFailed.of(problems)
    return found


def by_instance(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    """The same answers, by the instance that asks."""
    found: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        found[answer.wanted.instance].append(answer)
    return found


@dataclass(frozen=True)
class FoundValue:
    """One value on its own. found: False where the default stands in or, when it is not required, where there is none (value None).
    secret: it holds something from a Secret."""

    value: Any
    found: bool
    secret: bool
    namespace: str


def find_value(connection: Connection, source: ValueSource, stop: threading.Event, environment: Environment | None = None) -> FoundValue:
    """Read one value, as a document's would be. Its namespace is the context's, or `default`, where it names none. environment: whose
    cluster is read where nothing names another.

    Raises UsageError, ValueFailed, ClusterError, Interrupted.
    """
    if (source.name is None) == (source.selector is None):
        raise UsageError("a value needs a name or a selector, and not both", hint="Name one resource, or select it by its labels.")
    with connect(choose_cluster(connection, environment)) as cluster:
        namespace = source.namespace or cluster.connection.namespace or "default"
        (answer,) = _values.await_values(cluster, _values.read_values(cluster, [Wanted("", namespace, source)]), stop)
        found = settled([answer])[""]
        value = found.values.get(source.variable)
        return FoundValue(_plain(value), answer.reason is None, any(True for _ in secret_leaves(value)), namespace)


def _plain(value: Any) -> Any:
    """The value without our marks."""
    if isinstance(value, Mapping):
        return {str.__str__(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str.__str__(value) if isinstance(value, str) else value
