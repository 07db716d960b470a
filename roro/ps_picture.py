"""What `ps` shows of an environment: instances with their forwards and health checks, as a table and as a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardStatus, known_forwards
from ansible_collections.roro.kube.plugins.module_utils._health import HealthStatus
from ansible_collections.roro.kube.plugins.module_utils._release import InstanceStatus
from ansible_collections.roro.kube.plugins.module_utils._workflow import StatusReport

from .ages import age_of
from .forwarding import forward_rows, forward_words
from .health_words import health_of, health_reason, health_rows, health_words
from .reason_words import reason_words
from .tables import make_table

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class Picture:
    """One look at an environment. forwards, health: by instance, those that have some."""

    report: StatusReport
    forwards: Mapping[str, Sequence[ForwardStatus]]
    health: Mapping[str, Sequence[HealthStatus]]

    def document(self) -> dict[str, Any]:
        """The document of `--output json`. asOf: when it was so, where the cluster is away; else null."""
        rows = [
            {
                **asdict(instance),
                "forwards": forward_rows(self.forwards.get(instance.instance, ())),
                "health": health_rows(self.health.get(instance.instance, ())),
            }
            for instance in self.report.instances
        ]
        return {
            "workspace": self.report.workspace,
            "environment": self.report.environment,
            "asOf": self.report.as_of or None,
            "notices": self.report.notices,
            "reconcile": _reconciled(self.report),
            "instances": rows,
        }

    def table(self, *, now: str = "", old: bool = False) -> Table:
        """now: what ages count to, the report's own time by default. old: nothing of it may be true any more."""
        from rich.text import Text

        from .live import STYLES

        optional = [*(["HEALTH"] if self.health else []), *(["FORWARDS"] if self.forwards else [])]
        headings = ("INSTANCE", "STATUS", "READY", "REVISION", "AGE", "NAMESPACE", *optional, "REASON")
        table = make_table(headings, folding="REASON", style="dim" if old else "")
        for row in self.report.instances:
            checks, words = self.health.get(row.instance, ()), forward_words(self.forwards.get(row.instance, ()))
            reason = reason_words(row.reason, row.message) or health_reason(checks)
            status = Text(f"{status_word(row)}?" if old else status_word(row), style="dim" if old else STYLES.get(row.status, ""))
            age = age_of(row.updated, now or self.report.now)
            of: list[Text | str] = [*([health_words(checks)] if self.health else []), *([words] if self.forwards else [])]
            table.add_row(row.instance, status, ready_words(row), str(row.revision or ""), age, row.namespace, *of, Text(reason))
        return table


def _reconciled(report: StatusReport) -> dict[str, Any] | None:
    """Who reconciles, in which mode, at which commit; None where nobody does."""
    standing = report.standing
    if standing is None:
        return None
    proposal = standing.proposal.id if standing.proposal is not None else None
    told = {key: getattr(standing, key) for key in ("mode", "by", "commit", "when", "watching", "trouble")}
    return {**told, "proposal": proposal}


def status_word(row: InstanceStatus) -> str:
    """The status as a person calls it: what was stopped is deployed, and stopped."""
    return "Stopped" if (row.status, row.reason) == ("NotDeployed", "Stopped") else row.status


def ready_words(row: InstanceStatus) -> str:
    """Ready and wanted pods, "" for what runs none."""
    return "" if row.wanted_pods is None else f"{row.ready_pods}/{row.wanted_pods}"


def picture_of(report: StatusReport) -> Picture:
    """The report with what the daemon knows now. Starts no daemon for that."""
    place, names = (report.workspace, report.environment), {row.instance for row in report.instances}
    forwards: dict[str, list[ForwardStatus]] = {}
    for forward in known_forwards():
        if forward.origin.within(*place) and forward.origin.instance in names:
            forwards.setdefault(forward.origin.instance, []).append(forward)
    return Picture(report, forwards, health_of(place))
