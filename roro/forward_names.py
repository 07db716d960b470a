"""Which forwards a person means by ids, targets, or an environment and its instances. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardStatus, read_target


@dataclass(frozen=True)
class Where:
    """The place a person gave. None: not given."""

    namespace: str | None = None
    context: str | None = None

    def has(self, status: ForwardStatus) -> bool:
        """Whether a forward leads there."""
        return self.namespace in (None, status.namespace) and self.context in (None, status.context)


def meant_forwards(
    names: Sequence[str], known: Sequence[ForwardStatus], where: Where, of_documents: Callable[[tuple[str, ...]], Sequence[ForwardStatus]]
) -> list[str]:
    """Ids of the forwards that are meant. of_documents: those of `ENV INSTANCE...`.

    A target stands for the forwards made by hand to it, in one place; those of documents go with their environment.
    Raises UsageError where a target is open in several places, or nowhere.
    """
    if is_exact(names, known):
        return exact_forwards(names, known, where)
    return [status.id for status in of_documents(tuple(names)) if where.has(status)]


def is_exact(names: Sequence[str], known: Sequence[ForwardStatus]) -> bool:
    """Whether ids or targets are named; an environment's or an instance's name has no slash."""
    return any("/" in name or any(status.id == name for status in known) for name in names)


def exact_forwards(names: Sequence[str], known: Sequence[ForwardStatus], where: Where) -> list[str]:
    """Ids of the forwards that ids and targets mean. Raises UsageError as `meant_forwards`."""
    return list(dict.fromkeys(key for name in names for key in _exactly(name, known, where)))


def _exactly(name: str, known: Sequence[ForwardStatus], where: Where) -> list[str]:
    ids = [status.id for status in known if status.id == name]
    if ids:
        return ids
    if "/" not in name:
        raise UsageError(f'"{name}" is neither an id nor a target', hint="Name an environment and its instances in a command of its own.")
    target = str(read_target(name))
    same = [status for status in known if status.target == target]
    meant = [status for status in same if not status.origin and where.has(status)]
    if len({(status.server, status.context, status.namespace) for status in meant}) > 1:
        words = f"{target} is forwarded in several places"
        raise UsageError(words, hint=_listed(meant, "Say which with -n or --context, or by id:"))
    if not meant:
        _refuse(target, same)
    return [status.id for status in meant]


def _refuse(target: str, same: Sequence[ForwardStatus]) -> None:
    """None made by hand is meant. Raises UsageError."""
    by_hand = [status for status in same if not status.origin]
    if by_hand:
        raise UsageError(f"{target} is not forwarded there", hint=_listed(by_hand, "It is here:"))
    if same:
        stops = dict.fromkeys(f"roro forward stop {status.origin.environment} {status.origin.instance}" for status in same)
        words = f"{target} is forwarded by documents alone"
        raise UsageError(words, hint=_listed(same, f"They go with their environment ({'; '.join(stops)}), or by id:"))
    raise UsageError(f"{target} is not forwarded", hint="`roro forward` lists what is.")


def _listed(statuses: Sequence[ForwardStatus], first: str) -> str:
    return "\n".join([first, *(f"{status.id}  {place_of(status)}  {status.target}:{status.port}" for status in statuses)])


def place_of(status: ForwardStatus) -> str:
    """Cluster and namespace."""
    return f"{status.context or status.server} {status.namespace}"
