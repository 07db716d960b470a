"""`roro doctor`: what is missing or wrong on this machine and cluster, and the command that mends it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._model import Environment, load_workspace
from ansible_collections.roro.kube.plugins.module_utils._model.words import listed
from ansible_collections.roro.kube.plugins.module_utils._render import find_command
from ansible_collections.roro.kube.plugins.module_utils._state import cache_directory, runtime_directory, state_directory
from ansible_collections.roro.kube.plugins.module_utils._version import VERSION
from ansible_collections.roro.kube.plugins.module_utils._workflow import choose_cluster

from .arguments import cluster_options, output_option, workspace_option
from .errors import EXIT_FAILED
from .examples import examples
from .json_output import json_text
from .playbook_environment import other_collections
from .reason_words import harmless
from .targets import the_workspace

AT_ONCE = 8
"""Clusters that are asked at once."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. verdict: ok, warning or wrong; mend: a command or sentence, "" when all is well."""

    what: str
    verdict: str
    message: str
    mend: str = ""


@click.command(epilog=examples("roro doctor", "roro doctor --context kind-dev", "roro doctor --all", "roro doctor -o json"))
@workspace_option
@cluster_options
@click.option("--all", "every", is_flag=True, help="Also the cluster of every environment of the workspace.")
@output_option
def doctor(workspace: Path | None, context: str | None, kubeconfig: Path | None, every: bool, output: str) -> None:
    """Find what is missing or wrong here, and the command that mends it. Leaves with 1 when something is wrong."""
    connection = Connection(context=context, kubeconfig=str(kubeconfig.absolute()) if kubeconfig else None)
    findings = [*_machine(), *_git(), *_engines(), *_local_cluster_needs(), *_workspace(the_workspace(workspace))]
    findings += _clusters(connection, the_workspace(workspace)) if every else _cluster(connection, None)
    if output == "json":
        print(json_text({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            mark = {"ok": "✔", "warning": "!", "wrong": "✘"}[finding.verdict]
            mend = " ".join(finding.mend.split())
            print(harmless(f"{mark} {finding.what}: {finding.message}" + (f"\n    -> {mend}" if mend else "")))
    if any(finding.verdict == "wrong" for finding in findings):
        click.get_current_context().exit(EXIT_FAILED)


def _machine() -> Iterator[Finding]:
    yield Finding("Python", "ok", f"{platform.python_version()} ({sys.executable})")
    yield Finding("ansible-core", "ok", importlib.metadata.version("ansible-core"))
    playbook = Path(sys.executable).parent / "ansible-playbook"
    if playbook.exists() or shutil.which("ansible-playbook"):
        yield Finding("ansible-playbook", "ok", str(playbook if playbook.exists() else shutil.which("ansible-playbook")))
    else:
        yield Finding("ansible-playbook", "wrong", "not found", "pip install ansible-core")
    for other in other_collections():
        told = f"version {other.version or 'unknown'} in {other.folder}: `ansible-playbook` by itself may run it, this command its own"
        mend = f"make it version {VERSION} too, or remove it" if other.version != VERSION else ""
        yield Finding("another roro.kube", "warning" if mend else "ok", told, mend)
    for name, directory in (("cache", cache_directory), ("state", state_directory), ("run", runtime_directory)):
        try:
            yield _directory(name, directory())
        except RoroError as error:
            yield Finding(f"{name} directory", "wrong", error.problems[0].message, error.problems[0].hint or "")


def _directory(name: str, place: Path) -> Finding:
    """One of ours. Where a home is missing it is among the temporary files."""
    if name != "run" and place.is_relative_to(runtime_directory()):
        mend = f"set HOME, or XDG_{name.upper()}_HOME, to a place that can be written"
        return Finding(f"{name} directory", "warning", f"{place}: among temporary files, as there is no home that can be written", mend)
    return Finding(f"{name} directory", "ok", str(place))


def _git() -> Iterator[Finding]:
    """The git command, and which of what it is for it can do."""
    from ansible_collections.roro.kube.plugins.module_utils._git import MERGES, READS, git_version

    try:
        version = git_version()
    except RoroError as error:
        yield Finding(
            "git", "warning", "not found; only `roro clone`, `roro git` and workspaces in Git need it", error.problems[0].hint or ""
        )
        return
    told = ".".join(map(str, version))
    if version < READS:
        yield Finding("git", "wrong", f"{told} is too old", f"install git {'.'.join(map(str, READS))} or newer")
    elif version < MERGES:
        yield Finding("git", "warning", f"{told} cannot merge aside", f"install git {'.'.join(map(str, MERGES))} or newer to sync")
    else:
        yield Finding("git", "ok", told)


def _engines() -> Iterator[Finding]:
    """Commands that render some apps."""
    helm = find_command("helm")
    if helm is not None:
        yield Finding("helm", "ok", str(helm))
    else:
        yield Finding(
            "helm", "warning", "not found; only apps that are Helm charts need it", "install Helm: https://helm.sh/docs/intro/install/"
        )
    kustomize = find_command("kustomize") or find_command("kubectl")
    if kustomize is not None:
        yield Finding("kustomize", "ok", str(kustomize))
    else:
        mend = "install kubectl: https://kubernetes.io/docs/tasks/tools/"
        yield Finding("kustomize", "warning", "neither kustomize nor kubectl; only apps that are kustomizations need one", mend)


def _local_cluster_needs() -> Iterator[Finding]:
    engines = [name for name in ("kind", "k3d", "minikube") if shutil.which(name)]
    if engines:
        yield Finding("local cluster", "ok", f"{', '.join(engines)} found")
    elif platform.system() == "Linux" and os.geteuid() == 0:
        yield Finding("local cluster", "ok", "native is possible (Linux, root)")
    elif shutil.which("go"):
        yield Finding(
            "local cluster", "warning", "only simulated nodes are possible without root", "roro cluster up --only-simulated --simulated 3"
        )
    else:
        yield Finding(
            "local cluster",
            "warning",
            "no kind, k3d or minikube, and not root on Linux",
            "install kind, or name your own cluster with --context",
        )


def _workspace(folder: Path) -> Iterator[Finding]:
    try:
        workspace = load_workspace(folder)
    except RoroError as error:
        problem = error.problems[0]
        missing = problem.where is None
        verdict = "warning" if missing else "wrong"
        yield Finding("workspace", verdict, str(problem.message if missing else f"{problem.where}: {problem.message}"), problem.hint or "")
        return
    counted = f"{_count(workspace.apps, 'app')}, {_count(workspace.environments, 'environment')}"
    yield Finding("workspace", "ok", f"{workspace.name} in {workspace.root}: {counted}")


def _count(things: Sized, one: str) -> str:
    return f"{len(things)} {one}{'' if len(things) == 1 else 's'}"


def _clusters(asked: Connection, folder: Path) -> Iterator[Finding]:
    """The clusters of all environments, asked at once; one that several environments are on is told once."""
    try:
        workspace = load_workspace(folder)
    except RoroError:
        return  # told by then
    on: dict[tuple[str | None, Path | None], list[Environment]] = {}
    for environment in workspace.environments.values():
        on.setdefault((environment.context, environment.kubeconfig), []).append(environment)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda group: list(_cluster(asked, group[0], workspace.root)), on.values())
        for group, findings in zip(on.values(), found, strict=True):
            names = listed([environment.name for environment in group], 5)
            yield from (replace(finding, what=f"{finding.what} of {names}") for finding in findings)


def _cluster(asked: Connection, environment: Environment | None, root: Path | None = None) -> Iterator[Finding]:
    try:
        cluster = connect(choose_cluster(asked, environment, root=root))
        version = cluster.version()
        yield Finding("cluster", "ok", f"{cluster.context or cluster.server} answers, Kubernetes {version}")
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        asked_for = {"resourceAttributes": {"verb": "list", "resource": "secrets"}}
        answer = cluster.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body={**body, "spec": asked_for})
        if answer.get("status", {}).get("allowed"):
            yield Finding("rights", "ok", "Secrets of all namespaces can be listed, where records are kept")
        else:
            yield Finding(
                "rights",
                "warning",
                "Secrets cannot be listed across namespaces",
                "Records are then looked for in the environment's namespaces only.",
            )
        cluster.close()
    except RoroError as error:
        problem = error.problems[0]
        place = f"{problem.where}: " if problem.where else ""
        yield Finding("cluster", "wrong", f"{place}{problem.message}", problem.hint or "")
