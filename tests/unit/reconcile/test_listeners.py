"""What the loop tells must come out as numbers and events, and only as long as it is so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._reconcile import Announcing, Counting, Finding, InstanceStanding, Metrics, Several

FINDING = Finding("api", "Update", "ConfigMap", "shop", "settings", "data.mode differs", "kubectl-edit")


class Announcer:
    """Keeps what is announced."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, str, bool]] = []

    def announce(self, about: Any, reason: str, note: str, *, warning: bool = False) -> None:
        self.said.append((f"{about.kind} {about.namespace}/{about.name}", reason, note, warning))


def wanted(commit: str, *names: str) -> Any:
    return SimpleNamespace(commit=commit, by_id={name: SimpleNamespace(instance=SimpleNamespace(namespace="shop")) for name in names})


def test_how_instances_stand_must_be_counted_until_they_leave() -> None:
    metrics = Metrics()
    listener = Several((Counting(metrics, "dev"),))
    listener.documents(wanted("aaa", "api", "web"))
    for name in ("api", "web"):
        listener.standing(InstanceStanding(name, "Drifted", "", "", (FINDING,)))
    listener.standing(InstanceStanding("web", "InSync"))
    listener.corrected([FINDING], 0.2)
    listener.ran("corrected")
    listener.trouble("")
    listener.alive()
    text = metrics.text()
    assert 'roro_reconcile_drifted{environment="dev",instance="api"} 1' in text
    assert 'roro_reconcile_drifted{environment="dev",instance="web"} 0' in text
    assert 'roro_reconcile_corrections_total{environment="dev",instance="api",kind="ConfigMap"} 1' in text
    listener.documents(wanted("bbb", "web"))
    text = metrics.text()
    assert (
        'instance="api"} 1\nroro_reconcile_drifted' not in text and 'roro_reconcile_drifted{environment="dev",instance="api"}' not in text
    )
    assert 'commit="bbb"' in text and 'commit="aaa"' not in text


def test_who_leads_no_more_must_not_say_how_instances_stand() -> None:
    metrics = Metrics()
    metrics.leader(True)
    metrics.drifted("dev", "api", True)
    metrics.run("dev", "corrected")
    metrics.leader(False)
    text = metrics.text()
    assert "roro_reconcile_drifted{" not in text and "roro_reconcile_leader 0" in text
    assert 'roro_reconcile_runs_total{environment="dev",result="corrected"} 1' in text


def test_one_environment_that_is_stuck_must_be_noticed_beside_one_that_lives() -> None:
    now = [0.0]
    metrics = Metrics(clock=lambda: now[0])
    metrics.leader(True)
    metrics.beat("dev")
    metrics.beat("prod")
    now[0] = 400.0
    metrics.beat("dev")
    assert metrics.silent == 400.0
    metrics.leader(False)
    assert metrics.silent == 0


def test_events_must_say_what_was_done_and_what_stands_badly() -> None:
    announcer = Announcer()
    listener = Announcing(announcer)  # type: ignore[arg-type]
    listener.documents(wanted("aaa", "api"))
    listener.corrected([FINDING, Finding("web", "PortForward", "Forward", "shop", "http")], 0.2)
    listener.standing(InstanceStanding("api", "InSync"))
    listener.standing(InstanceStanding("api", "Fighting", "kube-thing undoes data.mode"))
    listener.standing(InstanceStanding("api", "Proposed", "", "", (FINDING,)))
    listener.standing(InstanceStanding("api", "Failed", "it cannot be rendered"))
    place, words = "ConfigMap shop/settings", "Update: data.mode differs, by kubectl-edit"
    assert announcer.said == [
        (place, "DriftCorrected", words, False),
        (place, "Fight", "kube-thing undoes data.mode", True),
        (place, "PlanProposed", words, False),
        ("Secret shop/roro.api", "Failed", "instance api: it cannot be rendered", True),
    ]


def test_an_instance_with_many_findings_must_not_be_a_flood() -> None:
    announcer = Announcer()
    many = tuple(Finding("api", "Update", "ConfigMap", "shop", f"settings-{number}", "differs") for number in range(500))
    Announcing(announcer).standing(InstanceStanding("api", "Drifted", "", "", many))  # type: ignore[arg-type]
    assert len(announcer.said) == 20
