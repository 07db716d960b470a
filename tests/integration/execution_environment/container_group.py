"""A container group of AWX: one pod for a job, reached by its standard input and output alone.

AWX (by Receptor) creates the pod, attaches to it, and deletes it when the job is cancelled; what it sends and reads is
`ansible-runner transmit` and `process`. Here kubectl attaches.
"""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import CLUSTER_TOOLS

TOP = Path(__file__).resolve().parents[3]
POD = TOP / "execution-environment" / "container-group.yaml"
RUNNER = str(Path(sys.executable).with_name("ansible-runner"))
SECONDS = 180.0


@dataclass
class Job:
    """One that runs. ident: its number in AWX. sent: the private data directory; stream: what the pod wrote on its standard output;
    received: where `process` writes."""

    group: ContainerGroup
    ident: str
    pod: str
    folder: Path
    parts: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def artifacts(self) -> Path:
        """What came back."""
        return self.folder / "received" / "artifacts" / self.ident

    @property
    def stream(self) -> Path:
        """Every byte of the pod's standard output."""
        return self.folder / "stream"

    def finish(self) -> str:
        """Wait for its end; the status that the runner told, or `error` where it was cut off."""
        self.parts[-1].wait(SECONDS)
        for part in self.parts:
            if part.poll() is None:
                part.kill()
            part.wait(SECONDS)
            if part.stdout:
                part.stdout.close()
        return self.statuses()[-1]

    def cut_off(self) -> None:
        """End the connection to the pod, as AWX does with one that says nothing any more."""
        self.parts[1].kill()

    def lines(self) -> Iterator[dict[str, Any]]:
        """The runner's lines; fails on any other. After `zipfile` comes one of base 64, without a newline, up to the next brace."""
        for line in self.stream.read_text().splitlines():
            if line.endswith("}"):  # the last one may have been cut off
                yield json.loads(line[line.index("{") :])

    def statuses(self) -> list[str]:
        """`starting`, `running` and how it ended, as `process` was told; the file `status` is the last."""
        told = [str(line["status"]) for line in self.lines() if "status" in line]
        return told if self.complete() else [*told, "error"]

    def complete(self) -> bool:
        """Whether the stream has its end."""
        return any(line.get("eof") for line in self.lines())

    def output(self) -> str:
        """What people read in AWX."""
        return "\n".join(str(line["stdout"]) for line in self.lines() if line.get("stdout"))

    def stats(self) -> dict[str, Any]:
        """Of the play: `ok`, `changed`, `failures`, `artifact_data` and so on."""
        return next(line["event_data"] for line in self.lines() if line.get("event") == "playbook_on_stats")

    def changed(self) -> int:
        """Tasks that changed something."""
        return sum(self.stats()["changed"].values())


@dataclass
class ContainerGroup:
    """Pods in a namespace of a cluster."""

    kubeconfig: Path
    namespace: str

    def spec(self, **changes: Any) -> dict[str, Any]:
        """The pod that docs/execution-environment.md shows, as AWX completes it."""
        pod: dict[str, Any] = yaml.safe_load(POD.read_text())
        pod["metadata"] = {
            "name": f"automation-job-{uuid.uuid4().hex[:8]}",
            "namespace": self.namespace,
            "labels": {"ansible-awx-job-id": "1"},
        }
        pod["spec"]["restartPolicy"] = "Never"
        pod["spec"]["containers"][0] |= {"stdin": True, "stdinOnce": True, "imagePullPolicy": "Never"}
        pod["spec"] |= changes
        return pod

    def kubectl(self, *words: str, stdin: str | None = None, check: bool = True) -> str:
        """Its output, with what went wrong when `check` is off."""
        done = subprocess.run(self._kubectl(*words), input=stdin, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout + (done.stderr if done.returncode else "")

    def _kubectl(self, *words: str) -> list[str]:
        return [str(CLUSTER_TOOLS.command("kubectl")), "--kubeconfig", str(self.kubeconfig), "--namespace", self.namespace, *words]

    def start(self, private_data: Path, playbook: str, **changes: Any) -> Job:
        """Send a job to a new pod. changes: of the pod's `spec`."""
        pod = self.spec(**changes)
        job = Job(self, uuid.uuid4().hex[:6], pod["metadata"]["name"], private_data.parent / pod["metadata"]["name"])
        job.folder.mkdir()
        self.kubectl("create", "-f", "-", stdin=json.dumps(pod))
        self.kubectl("wait", "--for=condition=Ready", f"pod/{job.pod}", f"--timeout={SECONDS:.0f}s")
        given = None
        attach = self._kubectl("attach", "--quiet", "--stdin", job.pod, "--container", "worker")
        for command in (
            [RUNNER, "transmit", str(private_data), "--playbook", playbook, "--limit", "shop-dev", "--ident", job.ident],
            attach,
            ["tee", str(job.stream)],
            [RUNNER, "process", str(job.folder / "received"), "--ident", job.ident],
        ):
            last = command[0] == RUNNER and "process" in command
            (job.folder / "received").mkdir(exist_ok=True)
            with (job.folder / "stderr").open("ab") as errors:
                part = subprocess.Popen(command, stdin=given, stdout=errors if last else subprocess.PIPE, stderr=errors)
            if given:
                given.close()
            given = part.stdout
            job.parts.append(part)
        return job

    def run(self, private_data: Path, playbook: str, **changes: Any) -> Job:
        """As `start`, until it has ended; with what it said where it did not go well."""
        job = self.start(private_data, playbook, **changes)
        assert job.finish() == "successful", job.output() + (job.folder / "stderr").read_text()
        return job

    def cancel(self, job: Job) -> None:
        """What AWX does: the pod is deleted."""
        self.kubectl("delete", "pod", job.pod, "--wait=false")
