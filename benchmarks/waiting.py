"""Until it is up: 100 Deployments, the delay between the last pod's readiness and a tool's return, and a chain of dependent apps.

    python benchmarks/waiting.py --kubeconfig FILE [--case many|delay|started|chain]... [--write]

The cluster needs simulated nodes (`roro cluster up --simulated 5`), and for the cases `delay` and `started` a real one and the image that
`benchmarks/waiting.py --image FILE` writes. Each run has a namespace of its own, which is gone before the next begins
(of the few pods of these two the next does not wait for that).
"""

from __future__ import annotations

import argparse
import shlex
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from contenders import Contender, contenders
from observed import DEPLOYMENTS, PODS, Watch, deployment_ready, pod_ready
from page import write_table
from runs import Run, floor, run
from workloads import chain, real, simulated, write_idle_image

TIMEOUT = "300s"
ROROS_OWN = ("roro engine", "roro up")
BASELINE = "kubectl apply, wait"


@dataclass(frozen=True)
class Waited:
    """One run, and the seconds from the last pod being Ready, and the last Deployment's status saying so, to the tool's return."""

    run: Run
    after_pods: float
    after_deployments: float


def main() -> None:
    """Measure the cases asked for, print, and write when asked."""
    asked = _arguments()
    if asked.image:
        with tempfile.TemporaryDirectory() as scratch:
            write_idle_image(asked.image, Path(scratch))
        return
    for case in asked.case or CASES:
        table = CASES[case](asked)
        print(table, flush=True)
        if asked.write:
            write_table(f"waiting-{case}", table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", type=Path, help="write the image of the real pods to this archive, and nothing else")
    parser.add_argument("--kubeconfig", type=Path)
    parser.add_argument("--kubectl", type=Path, default=Path("kubectl"))
    parser.add_argument("--helm", type=Path)
    parser.add_argument("--audit", type=Path, help="the API server's audit log")
    parser.add_argument("--case", action="append", choices=list(CASES), help="default: all")
    parser.add_argument("--deployments", type=int, default=100)
    parser.add_argument("--links", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    if not asked.image and not asked.kubeconfig:
        parser.error("--kubeconfig is needed")
    return asked


def many(asked: argparse.Namespace) -> str:
    """100 Deployments on simulated nodes."""
    objects = [simulated(f"web-{number:03}") for number in range(asked.deployments)]
    measured = _in_turn(_tools(asked), objects, asked)
    base = _median(measured[BASELINE], lambda one: one.run.seconds)
    lines = [
        f"{len(objects)} Deployments of one simulated pod each, {_rounds(asked)}, all tools in turn in each.",
        "",
        "| tool | until it returned | ratio to kubectl | requests | peak memory | since the last pod | since the last Deployment |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, waited in measured.items():
        seconds = _median(waited, lambda one: one.run.seconds)
        lines.append(
            f"| {name} | {seconds:.2f} s | {seconds / base:.2f} | {_requests(waited)} | {_peak(waited)} "
            f"| {_median(waited, lambda one: one.after_pods):.2f} s | {_median(waited, lambda one: one.after_deployments):.2f} s |"
        )
    return "\n".join(lines)


def delay(asked: argparse.Namespace) -> str:
    """Three Deployments of real pods: from the last pod Ready to the tool's return."""
    return _after_ready([real(f"web-{number}") for number in range(3)], "", asked)


def started(asked: argparse.Namespace) -> str:
    """The same without probes: from Kubernetes 1.36 on a second that the pods have to prove themselves."""
    return _after_ready([real(f"web-{number}", probed=False) for number in range(3)], " without a probe", asked)


def _after_ready(objects: list[dict[str, object]], pods: str, asked: argparse.Namespace) -> str:
    measured = _in_turn(_tools(asked), objects, asked)
    lines = [
        f"{len(objects)} Deployments of one real pod{pods} each, {_rounds(asked)}, in brackets the worst.",
        "",
        "| tool | from the last pod Ready to its return | from the last Deployment's status to its return |",
        "|---|---:|---:|",
    ]
    for name, waited in measured.items():
        lines.append(f"| {name} | {_worst([one.after_pods for one in waited])} | {_worst([one.after_deployments for one in waited])} |")
    return "\n".join(lines)


def linked(asked: argparse.Namespace) -> str:
    """A chain of apps, each needing the one before to be healthy."""
    objects = [simulated(f"link-{number:02}") for number in range(asked.links)]
    tools = [tool for tool in _tools(asked) if tool.name in (*ROROS_OWN, BASELINE)]
    measured = _in_turn([_chained(tool, asked) for tool in tools], objects, asked)
    base = _median(measured[BASELINE], lambda one: one.run.seconds)
    lines = [
        f"{len(objects)} apps of one Deployment with a simulated pod, each begun when the one before is up; {_rounds(asked)}.",
        "",
        "| tool | until all are up | a link | ratio to kubectl | requests |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, waited in measured.items():
        seconds = _median(waited, lambda one: one.run.seconds)
        lines.append(f"| {name} | {seconds:.2f} s | {seconds / len(objects):.2f} s | {seconds / base:.2f} | {_requests(waited)} |")
    return "\n".join(lines)


CASES: dict[str, Callable[[argparse.Namespace], str]] = {"many": many, "delay": delay, "started": started, "chain": linked}


def _tools(asked: argparse.Namespace) -> list[Contender]:
    """Ours twice, kubectl followed by its `wait`, and helm, which waits itself."""
    found = contenders(asked.kubeconfig, asked.kubectl, asked.helm, None)
    return [_and_wait(tool, asked.kubectl, asked.kubeconfig) if tool.name.startswith("kubectl") else tool for tool in found]


def _and_wait(tool: Contender, kubectl: Path, kubeconfig: Path) -> Contender:
    def prepare(folder: Path, objects: list[dict[str, object]], namespace: str) -> list[str]:
        apply = tool.prepare(folder, objects, namespace)
        wait = [str(kubectl), "--kubeconfig", str(kubeconfig), "-n", namespace, "wait", "--for=condition=Available", "--all"]
        return ["sh", "-ec", f"{shlex.join(apply)}; {shlex.join([*wait, 'deployment', f'--timeout={TIMEOUT}'])}"]

    return Contender(BASELINE, prepare)


def _chained(tool: Contender, asked: argparse.Namespace) -> Contender:
    """The same tool on a chain: a workspace of dependent apps, or apply and wait once for each object in turn."""

    def workspace(folder: Path, objects: list[dict[str, object]], namespace: str) -> list[str]:
        command = tool.prepare(folder / "flat", [], namespace)
        made = str(chain(folder / "chain", namespace, objects))
        return [made if word == str(folder / "flat") else word for word in command]

    def one_by_one(folder: Path, objects: list[dict[str, object]], namespace: str) -> list[str]:
        kubectl = shlex.join([str(asked.kubectl), "--kubeconfig", str(asked.kubeconfig), "-n", namespace])
        lines = []
        for number, member in enumerate(objects):
            path = folder / f"{number:02}.yaml"
            path.write_text(yaml.safe_dump(member))
            lines += [
                f"{kubectl} apply --server-side -f {shlex.quote(str(path))}",
                f"{kubectl} wait --for=condition=Available --timeout={TIMEOUT} -f {shlex.quote(str(path))}",
            ]
        return ["sh", "-ec", "\n".join(lines)]

    return Contender(tool.name, workspace if tool.name in ROROS_OWN else one_by_one, tool.in_process)


def _in_turn(tools: list[Contender], objects: list[dict[str, object]], asked: argparse.Namespace) -> dict[str, list[Waited]]:
    """Every tool once in each round."""
    measured: dict[str, list[Waited]] = defaultdict(list)
    for number in range(asked.rounds):
        for tool in tools:
            print(f"round {number + 1} of {asked.rounds}: {tool.name}", file=sys.stderr, flush=True)
            measured[tool.name].append(_measure(tool, objects, asked))
    return measured


def _measure(tool: Contender, objects: list[dict[str, object]], asked: argparse.Namespace) -> Waited:
    namespace = f"bench-{uuid.uuid4().hex[:8]}"
    kubectl = [str(asked.kubectl), "--kubeconfig", str(asked.kubeconfig)]
    if tool.name not in ROROS_OWN:
        subprocess.run([*kubectl, "create", "namespace", namespace], check=True, capture_output=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Watch(asked.kubeconfig, PODS, namespace, pod_ready) as pods,
        Watch(asked.kubeconfig, DEPLOYMENTS, namespace, deployment_ready) as deployments,
    ):
        done = run(tool.name, tool.prepare(Path(folder), objects, namespace), asked.audit, in_process=tool.in_process)
        waited = Waited(done, done.ended - pods.last(len(objects)), done.ended - deployments.last(len(objects)))
    subprocess.run([*kubectl, "delete", "namespace", namespace, f"--wait={str(len(objects) > 3).lower()}"], check=True, capture_output=True)
    return waited


def _median(waited: list[Waited], figure: Callable[[Waited], float]) -> float:
    return statistics.median(figure(one) for one in waited)


def _worst(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.3f} s ({max(seconds):.3f})"


def _requests(waited: list[Waited]) -> str:
    counted = [one.run.requests for one in waited if one.run.requests is not None]
    return str(round(statistics.median(counted))) if counted else "not counted"


def _peak(waited: list[Waited]) -> str:
    peak = max(one.run.peak for one in waited)
    return f"{peak} MiB" if peak > floor() else f"at most {floor()} MiB"


def _rounds(asked: argparse.Namespace) -> str:
    return "one round" if asked.rounds == 1 else f"median of {asked.rounds} rounds"


if __name__ == "__main__":
    main()
