# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that are being deleted and are not gone: waiting for them, and what the cluster says about what keeps them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..._cluster import Cluster, Resource
from ..._errors import ApiError, ConnectionFailed, ReleaseError, RoroError
from ..._objects import uid_of
from ..data.steps import Step
from ..readiness import keepers

Tell = Callable[[str | None], None]
"""Told what keeps the object, again with each change, and None when it is gone."""
_CONTENT = re.compile(r"(?P<plural>[a-z0-9-]+)\.(?P<group>[a-z0-9.-]*) has \d+ resource instances")
_MAX_NAMED = 3


@dataclass(frozen=True)
class Left:
    """An object that is being deleted. words: what keeps it, "" where nothing says."""

    step: Step
    words: str


class NamespaceLeaving(ReleaseError):
    """The namespace is being deleted, or is gone since this run looked. Nothing was written there by whoever raises this."""

    reason = "NamespaceTerminating"


def refuse_leaving(error: ApiError, namespace: str, what: str) -> None:
    """Raise NamespaceLeaving where that is why `what` cannot be written."""
    text = str(error)
    if error.status == 403 and "being terminated" in text:
        state = "is being deleted"
    elif error.status == 404 and "namespaces " in text:
        state = "is not there"
    else:
        return
    hint = "Run this again when it is gone: it is then made anew." if error.status == 403 else "Run this again: it is then made."
    raise NamespaceLeaving(f"namespace {namespace} {state}: {what} cannot be written", where=f"Namespace {namespace}", hint=hint) from error


def await_gone(cluster: Cluster, resource: Resource, step: Step, tell: Tell, stop: threading.Event) -> None:
    """Until the step's live object is gone. Raises ReleaseError when `stop` was set before, ClusterError."""
    ref, selector = step.ref, f"metadata.name={step.ref.name}"
    if step.live is not None:
        tell(keepers(step.live))
    for event in cluster.watch(resource, ref.namespace, field_selector=selector, stop=stop):
        if event.type in ("ADDED", "MODIFIED", "DELETED"):
            mine = [event.object] if event.type != "DELETED" else []
            other = event.type == "DELETED" and uid_of(event.object) != step.uid
        elif event.type == "RESYNC":
            mine, other = list(event.items), False
        else:
            continue
        left = next((item for item in mine if uid_of(item) == step.uid), None)
        if left is not None:
            tell(keepers(left))
        elif not other:
            tell(None)
            return
    raise ReleaseError(f"{ref} is not gone", hint="Run it again.")  # what keeps it, the instance says whose time is over


def sentence(cluster: Cluster, left: Left, seconds: float) -> str:
    """`Namespace shop is not gone after 20 s: ...`. Asks the server about what is in a namespace, so it belongs in a worker thread. One
    try each: a server that is away is not waited for."""
    words = [left.words] if left.words else []
    if left.step.ref.identity[:2] == ("", "Namespace"):
        with cluster.one_try():
            words += _around(cluster, left.step.ref.name, left.words)
    return f"{left.step.ref} is not gone after {seconds:g} s: {'; '.join(words) or 'nothing on the cluster says what keeps it'}"


def _around(cluster: Cluster, namespace: str, words: str) -> Iterator[str]:
    """What else keeps a namespace than its conditions say (yet): objects in it, APIs of which nobody can know what is in it."""
    remains = ", ".join(_remains(cluster, namespace, words))
    if remains:
        yield f"in it are {remains}"
    cluster.invalidate_discovery()
    try:
        away = sorted(version for version in cluster.unanswered() if version not in words)
    except RoroError:
        return
    if away:
        yield f"the API server of {', '.join(away)} does not answer, so that nobody knows what is in it"


def _remains(cluster: Cluster, namespace: str, words: str) -> Iterator[str]:
    """The first objects in a namespace that do not go either, each with what keeps it: of the kinds that its conditions count, or of all
    where they count none yet. Nothing where they may not be read."""
    counted = {(match["plural"], match["group"]) for match in _CONTENT.finditer(words)}
    kinds = {(kind.plural, kind.group): kind for kind in cluster.resources() if kind.namespaced and {"list", "delete"} <= kind.verbs}
    named = 0
    for key, kind in kinds.items():
        if counted and key not in counted:
            continue
        try:
            found = cluster.list(kind, namespace, metadata_only=True).items
        except ConnectionFailed:
            return  # each kind of a silent server would cost the whole patience of a request
        except RoroError:
            continue
        for item in found:
            kept = keepers({**item, "apiVersion": kind.api_version, "kind": kind.kind})
            if kept and named < _MAX_NAMED:
                named += 1
                yield f"{kind.kind} {namespace}/{item['metadata']['name']} ({kept})"
