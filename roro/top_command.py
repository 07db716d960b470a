"""`roro top`: what instances use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import cluster_options, output_option, target_arguments, workspace_option
from .examples import examples
from .json_output import json_text

if TYPE_CHECKING:
    from ansible_collections.roro.kube.plugins.module_utils._workflow import ContainerUsage


@click.command(epilog=examples("roro top dev", "roro top dev api --pods", "roro top dev -o json"))
@target_arguments
@click.option("--pods", is_flag=True, help="One line for each container of each pod.")
@workspace_option
@cluster_options
@output_option
def top(names: tuple[str, ...], pods: bool, workspace: Path | None, context: str | None, kubeconfig: Path | None, output: str) -> None:
    """Show what instances use: processors and memory of their pods now, with their limits.

    The cluster measures it, through metrics-server; a pod is measured some seconds after its start.
    """
    from ansible_collections.roro.kube.plugins.module_utils._workflow import usage

    from .notes import tell
    from .requests import build_request

    report = usage(build_request(workspace, names, context=context, kubeconfig=kubeconfig), tell)
    if output == "json":
        rows = [asdict(item) for item in report.containers]
        place = {"workspace": report.workspace, "environment": report.environment}
        print(json_text({**place, "containers": rows, "waiting": list(report.waiting)}))
        return
    if report.waiting:
        tell(f"not measured yet: {', '.join(report.waiting)}")
    if report.containers:
        _print_table(report.containers, pods=pods)
    elif not report.waiting:
        tell("no pods run; `roro ps` tells how the instances are")


def _print_table(containers: Sequence[ContainerUsage], *, pods: bool) -> None:
    from .tables import make_table, print_table

    table = make_table(("INSTANCE", *(("POD", "CONTAINER") if pods else ("PODS",))))
    for heading in ("CPU", "MEMORY"):
        table.add_column(heading, no_wrap=True, justify="right")
    groups: dict[tuple[str, ...], list[ContainerUsage]] = {}
    for item in containers:
        groups.setdefault((item.instance, item.pod, item.container) if pods else (item.instance,), []).append(item)
    for key, items in groups.items():
        names = key if pods else (*key, str(len({(item.namespace, item.pod) for item in items})))
        table.add_row(*names, cpu_words(items), memory_words(items))
    print_table(table)


def cpu_words(items: Sequence[ContainerUsage]) -> str:
    """`120m / 1500m`: thousandths of a processor, and the limit where each of them has one."""
    limits = [item.cpu_limit for item in items]
    limit = sum(each for each in limits if each is not None)
    used = f"{sum(item.cpu for item in items) * 1000:.0f}m"
    return used if None in limits else f"{used} / {limit * 1000:.0f}m"


def memory_words(items: Sequence[ContainerUsage]) -> str:
    """`34Mi / 256Mi`."""
    limits = [item.memory_limit for item in items]
    limit = sum(each for each in limits if each is not None)
    used = f"{sum(item.memory for item in items) / 1024**2:.0f}Mi"
    return used if None in limits else f"{used} / {limit / 1024**2:.0f}Mi"
