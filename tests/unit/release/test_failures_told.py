"""What a failed instance's result says: no secret in it, not even the rest of one, and nothing that a terminal obeys."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._events import Event, InstanceState
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.causes.failure import Failure, failure_of, last_lines
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import InstanceResult
from ansible_collections.roro.kube.plugins.module_utils._release.execution.instance_progress import Progress
from ansible_collections.roro.kube.plugins.module_utils._release.execution.report import Teller
from ansible_collections.roro.kube.plugins.module_utils._release.readiness import Cause, Verdict
from ansible_collections.roro.kube.plugins.module_utils._secrets import HIDDEN, Secrets, secret

LONG, SPACED = "s3cr3t-" * 100, "two  spaces\tand a tab"
SECRETS = Secrets([secret([LONG, SPACED, "line one of a key\nline two of a key"])])


class FakeCluster:
    """Has these logs: of the container before its restart, and of the present one."""

    def __init__(self, **logs: list[str]) -> None:
        self.logs_of = logs

    def one_try(self) -> Any:
        import contextlib

        return contextlib.nullcontext()

    def logs(self, namespace: str, pod: str, container: str, *, tail: int, previous: bool) -> list[str]:
        return self.logs_of["previous" if previous else "present"]


def test_the_lines_of_a_hook_must_hide_secrets_before_they_are_cut() -> None:
    events: list[Event] = []
    progress = Progress(InstanceResult("api", "api", "shop-dev"), 30.0)
    teller = Teller(events.append, Options(), {}, SECRETS)
    teller.environment = "dev"
    lines = (f"token {LONG} refused", f"said {SPACED}!", "line two of a key", "\x1b[31mred")
    teller.failure(progress, Failure("CrashLoopBackOff", f"no {SPACED}", details=(f"with {LONG}",), log=lines))
    assert progress.result.log == [f"token {HIDDEN} refused", f"said {HIDDEN}!", HIDDEN, "[31mred"]
    assert (progress.result.message, progress.result.details) == (f"no {HIDDEN}", [f"with {HIDDEN}"])
    assert progress.result.hint == "See what it said: `roro logs dev api --previous`."
    assert events == [InstanceState("api", "Failed", "CrashLoopBackOff", f"no {HIDDEN}")]


@pytest.mark.parametrize(
    ("restarts", "logs", "shown"),
    [
        (1, {"previous": ["a", "", "b", "c", "d"], "present": ["x"]}, ["b", "c", "d"]),
        (1, {"previous": [], "present": ["x"]}, ["x"]),
        (0, {"present": [LONG]}, [HIDDEN]),
        (1, {"previous": [], "present": [" "]}, []),
    ],
)
def test_the_last_words_must_be_those_of_the_crash(restarts: int, logs: dict[str, list[str]], shown: list[str]) -> None:
    cause = Cause("crashed", pod="api-1", container="main", crashed=True, restarts=restarts)
    assert last_lines(FakeCluster(**logs), "shop", cause, SECRETS) == shown  # type: ignore[arg-type]


def test_who_wrote_nothing_must_not_be_asked() -> None:
    assert last_lines(FakeCluster(), "shop", Cause("cannot be pulled", pod="api-1"), SECRETS) == []  # type: ignore[arg-type]
    assert last_lines(FakeCluster(), "shop", None, SECRETS) == []  # type: ignore[arg-type]


def test_the_kind_and_name_must_lead_where_the_instance_is_called_otherwise() -> None:
    cause = Cause("image x:1 cannot be pulled (not found)", "x:1: not found", pod="web-1", container="main")
    verdict = Verdict("failed", "ImagePullBackOff", "0 of 1 replica; pod web-1: ...", cause=cause)
    same, other = (failure_of(ObjectRef("apps/v1", "Deployment", "shop", name), "web", verdict) for name in ("web", "worker"))
    assert same.message == "image x:1 cannot be pulled (not found)"
    assert other.message == "Deployment worker: image x:1 cannot be pulled (not found)"
    assert other.details == ("Deployment shop/worker, pod web-1, container main", "x:1: not found")
