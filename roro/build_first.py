"""What `roro up --build` does before it brings anything up."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .build_command import raise_failures, run_build

if TYPE_CHECKING:
    from .lifecycle import Lifecycle


def build_first(job: Lifecycle, variables: Mapping[str, Any], profiles: tuple[str, ...], options: dict[str, Any]) -> None:
    """Build and deliver what the job's environments need, one after another. Raises RoroError: then nothing was brought up."""
    from .requests import request_of

    for name in job.target.several or (job.target.environment,):
        target = replace(job.target, environment=name)
        request = request_of(job.workspace, target, context=options["context"], kubeconfig=options["kubeconfig"])
        given = replace(
            request,
            instances=() if job.target.several else job.target.instances,
            variables=variables,
            profiles=profiles,
            allow_environment=tuple(options["allow_environment"]),
        )
        report = run_build(given, {"progress": "auto"})
        raise_failures(report)
        for one in report.images:
            if one.state == "built" and options["output"] == "text":
                print(f"{one.label}: built {one.reference} ({one.seconds:.1f}s)", file=sys.stderr)
