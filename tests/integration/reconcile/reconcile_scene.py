"""A workspace of a test's own that is reconciled against the real cluster, once or for as long as a test lasts, and hands that meddle."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._reconcile import Finding, InstanceStanding, Mode, Standing, Wanted, read_standing
from ansible_collections.roro.kube.plugins.module_utils._release import Revision, RunResult, history
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, up
from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import ReconcileReport, keep_reconciled, reconcile

Obj = dict[str, Any]
CONFIG_MAP, SECRET, DEPLOYMENT = ("v1", "ConfigMap"), ("v1", "Secret"), ("apps/v1", "Deployment")
MERGE = "application/merge-patch+json"
DEADLINE = 60.0
"""Seconds after which something that was to happen counts as never happening. Generous: it says nothing about speed."""


def config(name: str = "settings", **data: str) -> Obj:
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def secret(name: str = "login", **data: str) -> Obj:
    """A Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}


def deployment(name: str = "api", replicas: int = 0, **spec: Any) -> Obj:
    """A Deployment, by default of no pods."""
    container = {
        "name": "main",
        "image": "docker.io/library/roro-box:1",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", "sleep 1000000"],
        "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}},
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]}}
    body = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": body}


def until(question: Callable[[], Any], what: object = "", deadline: float = DEADLINE) -> Any:
    """Ask until the answer is true; AssertionError with `what` (called, where it can be) after so many seconds."""
    end, clock = time.monotonic() + deadline, threading.Event()
    while not (answer := question()):
        if time.monotonic() > end:
            raise AssertionError(f"never came: {what() if callable(what) else what}; the last answer was {answer!r}")
        clock.wait(0.02)
    return answer


@dataclass
class Heard:
    """What somebody who listens to a reconciliation was told, in order."""

    standings: list[InstanceStanding] = field(default_factory=list)
    corrections: list[Finding] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    read: list[Wanted] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    turns: int = 0

    def standing(self, item: InstanceStanding) -> None:
        """See Listener."""
        self.standings.append(item)

    def corrected(self, findings: Sequence[Finding], seconds: float) -> None:
        """See Listener."""
        self.corrections.extend(findings)

    def documents(self, wanted: Wanted) -> None:
        """See Listener."""
        self.read.append(wanted)

    def trouble(self, words: str) -> None:
        """See Listener."""
        self.troubles.append(words)

    def ran(self, result: str) -> None:
        """See Listener."""
        self.results.append(result)

    def alive(self) -> None:
        """See Listener."""
        self.turns += 1

    def of(self, instance: str) -> InstanceStanding | None:
        """How an instance stands, by what was told last."""
        return next((item for item in reversed(self.standings) if item.instance == instance), None)

    def state(self, instance: str) -> str:
        """Its state, "" for none."""
        found = self.of(instance)
        return found.state if found else ""

    def message(self, instance: str) -> str:
        """What is told about it."""
        found = self.of(instance)
        return found.message if found else ""

    def await_state(self, instance: str, *states: str) -> InstanceStanding:
        """Until it stands so."""
        until(lambda: self.state(instance) in states, lambda: f"{instance} to be {states}: {self.told}")
        found = self.of(instance)
        assert found is not None
        return found

    @property
    def told(self) -> str:
        """Everything, for the message of a failed assertion."""
        lines = [f"{item.instance} {item.state} {item.message}" for item in self.standings]
        return "\n".join([*lines, *map(str, self.corrections), f"troubles {self.troubles}", f"results {self.results}"])


@dataclass
class Scene:
    """A workspace's folder and its cluster. name: of the workspace. namespace: of its instances."""

    cluster: Cluster
    kubeconfig: Path
    root: Path
    name: str

    @property
    def namespace(self) -> str:
        """Where the instances go."""
        return f"{self.name}-dev"

    @property
    def request(self) -> Request:
        """For the environment dev."""
        return Request(self.root, "dev", connection=Connection(kubeconfig=str(self.kubeconfig)))

    # Documents

    def write(self, path: str, content: Any) -> None:
        """A document, as JSON where it is no text."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        made = file.with_name(f".{file.name}.new")
        made.write_text(content if isinstance(content, str) else json.dumps(content))
        made.replace(file)

    def workspace(self, **fields: Any) -> None:
        """workspace.json, with an environment dev."""
        self.write("workspace.json", {"version": 1, "name": self.name, **fields})
        if not (self.root / "environments/dev/environment.json").exists():
            self.environment()

    def environment(self, **fields: Any) -> None:
        """environment.json of dev."""
        self.write("environments/dev/environment.json", fields)

    def app(self, name: str, *objects: Obj, **fields: Any) -> None:
        """An app and its manifests."""
        self.write(f"apps/{name}/app.json", fields)
        self.write(f"apps/{name}/manifests/all.yaml", yaml.safe_dump_all(objects))

    # Runs

    def up(self, **options: Any) -> RunResult:
        """As a person brings it up."""
        result = up(replace(self.request, options=replace(self.request.options, **options)))
        assert not result.failed, [(item.instance, item.message) for item in result.instances]
        return result

    def once(self, mode: Mode | None = None, **options: Any) -> ReconcileReport:
        """One reconciliation."""
        return reconcile(replace(self.request, options=replace(self.request.options, **options)), mode, forwards=False)

    @contextmanager
    def watched(
        self, mode: Mode | None = None, *, settled: bool = True, forwards: bool = False, request: Request | None = None
    ) -> Iterator[Heard]:
        """Reconciled until the end of the block. settled: begins when each instance was looked at."""
        heard, stop, failures = Heard(), threading.Event(), list[RoroError]()

        def keep() -> None:
            try:
                keep_reconciled(request or self.request, heard, stop, mode=mode, forwards=forwards)
            except RoroError as error:
                failures.append(error)

        thread = threading.Thread(target=keep, daemon=True)
        thread.start()
        try:
            if settled:
                until(lambda: failures or self._settled(heard), lambda: heard.told)
            yield heard
        finally:
            stop.set()
            thread.join(30)
        assert not thread.is_alive(), "reconciling did not end"
        assert not failures, failures

    @staticmethod
    def _settled(heard: Heard) -> bool:
        known = {item.instance for item in heard.standings}
        return bool(heard.read) and known >= set(heard.read[-1].by_id) and all(heard.state(name) != "Correcting" for name in known)

    # What is there, and what people do to it

    def get(self, kind: tuple[str, str], name: str) -> Obj | None:
        """One object as it is."""
        return self.cluster.get(self.cluster.resource(*kind), self.namespace, name)

    def data(self, name: str = "settings") -> dict[str, str]:
        """Of a ConfigMap; empty where there is none."""
        return dict((self.get(CONFIG_MAP, name) or {}).get("data") or {})

    def patch(self, kind: tuple[str, str], name: str, body: Any, manager: str = "kubectl-edit", under: str = "") -> None:
        """A change as kubectl or a controller makes it. under: a subresource, such as `/scale`."""
        path = self.cluster.resource(*kind).path(self.namespace, name) + under
        self.cluster.request("PATCH", path, query={"fieldManager": manager}, body=body, content_type=MERGE)

    def delete(self, kind: tuple[str, str], name: str) -> None:
        """As `kubectl delete` does."""
        self.cluster.delete(self.cluster.resource(*kind), self.namespace, name)

    def standing(self) -> Standing | None:
        """What the cluster remembers of how the environment stands."""
        return read_standing(self.cluster, self.name, "dev", [self.namespace])

    def history(self, instance: str | None = None) -> list[Revision]:
        """The revisions that are kept."""
        return history(self.cluster, self.name, "dev", [instance] if instance else None, [self.namespace])

    def revisions(self) -> list[tuple[str, int, str]]:
        """(instance, number, outcome) of them."""
        return sorted((one.instance, one.revision, one.outcome) for one in self.history())

    def record(self, instance: str) -> Obj:
        """The Secret that remembers an instance."""
        found = self.get(SECRET, f"roro.{instance}")
        assert found is not None
        return found

    def versions(self) -> dict[str, str]:
        """resourceVersion of what is owned, and of the records; generation of what has a status that its controller writes."""
        kinds = (CONFIG_MAP, SECRET, DEPLOYMENT, ("v1", "Service"))
        selector = f"roro.dev/workspace={self.name}"
        found = {}
        for kind in kinds:
            for item in self.cluster.list(self.cluster.resource(*kind), self.namespace, selector=selector).items:
                if not item["metadata"]["name"].startswith("roro.reconcile."):
                    found[f"{kind[1]}/{item['metadata']['name']}"] = str(
                        item["metadata"].get("generation") or item["metadata"]["resourceVersion"]
                    )
        return found

    def remove(self) -> None:
        """The end of its namespace."""
        self.cluster.delete(self.cluster.resource("v1", "Namespace"), None, self.namespace)
