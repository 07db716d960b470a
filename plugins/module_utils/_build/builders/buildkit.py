# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BuildKit itself, by its client: https://github.com/moby/buildkit/blob/master/docs/reference/buildctl.md.

It keeps no images: what is built goes into an archive, or to a registry, in the same command.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .interface import Command, Job, docker_config, is_local


class BuildKit:
    """See the module. The daemon is the one of BUILDKIT_HOST, else the default socket."""

    name = "buildctl"
    keeps = False

    def probe(self) -> Command:
        """The daemon has to answer."""
        return Command(("buildctl", "debug", "workers"))

    def build(self, job: Job) -> Command:
        """As in the interface."""
        words = ["--progress", "plain", "--frontend", "dockerfile.v0"]
        words += ["--local", f"context={job.context}", "--local", f"dockerfile={job.dockerfile.parent}"]
        options = {"filename": job.dockerfile.name, "target": job.target, "platform": ",".join(job.platforms)}
        options |= {f"build-arg:{key}": value for key, value in job.args.items()}
        options |= {f"label:{key}": value for key, value in job.labels.items()}
        options |= {"image-resolve-mode": "pull"} if job.pull else {}
        words += [word for key, value in options.items() if value for word in ("--opt", f"{key}={value}")]
        words += [word for key, path in job.secrets.items() for word in ("--secret", f"id={key},type=file,src={path}")]
        words += ["--no-cache"] if job.no_cache else []
        return Command(("buildctl", "build", *words, "--output", _output(job)), docker_config(job.authfile))

    def ids(self, references: Sequence[str]) -> Command:
        """There is no store."""
        return Command(("false",))

    def save(self, reference: str, archive: Path) -> Command:
        """There is no store."""
        return Command(("false",))

    def push(self, reference: str, authfile: Path | None, *, several: bool = False) -> Command:
        """There is no store."""
        return Command(("false",))


def _output(job: Job) -> str:
    names = ",".join((job.reference, *job.tags))
    quoted = f'"name={names}"' if "," in names else f"name={names}"  # a field of CSV
    if job.archive is not None:
        return f"type=docker,{quoted},dest={job.archive}"
    insecure = ",registry.insecure=true" if is_local(job.reference) else ""
    return f"type=image,{quoted},push={'true' if job.push else 'false'}{insecure}"
