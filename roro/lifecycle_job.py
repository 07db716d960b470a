"""From the options that every lifecycle command has to its job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace, read_duration

from .fleet_targets import read_targets
from .lifecycle import Lifecycle
from .playbook import PlaybookProcess
from .targets import the_workspace


def lifecycle_of(verb: str, names: tuple[str, ...], workspace: Path | None, options: dict[str, Any], process: PlaybookProcess) -> Lifecycle:
    """The part of the job that every verb has."""
    documents = load_workspace(the_workspace(workspace))
    kubeconfig: Path | None = options["kubeconfig"]
    return Lifecycle(
        verb=verb,
        workspace=documents,
        target=read_targets(
            documents,
            names,
            every=options.get("every", False),
            named=options.get("named", ()),
            fleet=bool(options.get("serial") or options.get("forks")),
        ),
        values={
            "context": options["context"],
            "kubeconfig": str(kubeconfig.absolute()) if kubeconfig else None,
            "timeout": read_duration(options["timeout"], "--timeout"),
            "wait_lock": read_duration(options["wait_lock"], "--wait-lock"),
        },
        check=options["check"],
        diff=options.get("diff", False),
        output=options["output"],
        verbose=options["verbose"],
        process=process,
        serial=options.get("serial"),
        forks=options.get("forks"),
    )
