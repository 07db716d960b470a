"""Health checks as `ps` shows them: records, a cell of the table, and a reason where one fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.roro.kube.plugins.module_utils._health import HealthStatus, known_checks

from .reason_words import harmless, reason_words

if TYPE_CHECKING:
    from rich.text import Text

WORST_FIRST = {"Unhealthy": "red", "Failing": "yellow", "Unknown": "yellow", "Starting": "yellow", "Stopped": "dim", "Healthy": "green"}
"""States and their colours."""
_KEYS = (
    "id",
    "kind",
    "target",
    "namespace",
    "state",
    "reason",
    "message",
    "since",
    "checked",
    "failures",
    "restarts",
    "restarted",
    "restart",
)


def health_of(place: tuple[str, str]) -> Mapping[str, Sequence[HealthStatus]]:
    """The known checks of an environment (workspace, environment) by instance; no daemon is started for that."""
    found: dict[str, list[HealthStatus]] = defaultdict(list)
    for status in known_checks():
        if status.origin.within(*place):
            found[status.origin.instance].append(status)
    return found


def health_rows(statuses: Iterable[HealthStatus]) -> list[dict[str, Any]]:
    """The stable records of `--output json`."""
    rows = [(status, status.as_record()) for status in statuses]
    return [{"name": status.origin.name, **{key: record[key] for key in _KEYS}} for status, record in rows]


def health_words(statuses: Sequence[HealthStatus]) -> Text:
    """The worst state, and which check it is of where there are several."""
    from rich.text import Text

    worst = min(statuses, key=_rank, default=None)
    if worst is None:
        return Text("")
    more = f" ({worst.origin.name})" if len(statuses) > 1 and worst.state != "Healthy" else ""
    return Text(f"{worst.state}{more}", style=WORST_FIRST[worst.state])


def health_reason(statuses: Sequence[HealthStatus]) -> str:
    """What the worst check found, and what is done about it; "" when nothing is wrong."""
    worst = min(statuses, key=_rank, default=None)
    if worst is None or worst.state in ("Healthy", "Stopped"):
        return ""
    return harmless("; ".join(part for part in (reason_words(worst.reason, worst.message), worst.restart) if part))


def _rank(status: HealthStatus) -> int:
    return list(WORST_FIRST).index(status.state)
