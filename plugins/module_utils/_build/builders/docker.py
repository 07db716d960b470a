# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker, with BuildKit: https://docs.docker.com/reference/cli/docker/buildx/build/."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .interface import Command, Job, common_options, docker_config


class Docker:
    """See the module. `docker build` with BuildKit is there from 18.09 on; several platforms, and secrets of 2026, want buildx."""

    name = "docker"
    keeps = True

    def probe(self) -> Command:
        """The daemon has to answer, and BuildKit has to be there."""
        return Command(("docker", "version", "--format", "{{.Server.Version}}"))

    def build(self, job: Job) -> Command:
        """Several platforms cannot be kept by the daemon, so they are pushed while they are built."""
        verb = ("buildx", "build") if job.push else ("build",)
        words = ["--progress", "plain", *common_options(job), *(["--pull"] if job.pull else []), *(["--push"] if job.push else [])]
        return Command(("docker", *verb, *words, str(job.context)), {"DOCKER_BUILDKIT": "1", **docker_config(job.authfile)})

    def ids(self, references: Sequence[str]) -> Command:
        """As in the interface."""
        return Command(("docker", "image", "inspect", "--format", "{{.Id}}", *references))

    def save(self, reference: str, archive: Path) -> Command:
        """As in the interface."""
        return Command(("docker", "image", "save", "--output", str(archive), reference))

    def push(self, reference: str, authfile: Path | None, *, several: bool = False) -> Command:
        """As in the interface."""
        return Command(("docker", "image", "push", reference), docker_config(authfile))
