# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nerdctl, which builds with BuildKit and keeps images in containerd: https://github.com/containerd/nerdctl."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .interface import Command, Job, common_options, docker_config, is_local


class Nerdctl:
    """See the module."""

    name = "nerdctl"
    keeps = True

    def probe(self) -> Command:
        """containerd has to answer; that BuildKit does, a build shows."""
        return Command(("nerdctl", "info", "--format", "{{.ServerVersion}}"))

    def build(self, job: Job) -> Command:
        """As in the interface."""
        words = ["--progress", "plain", *common_options(job), *(["--pull=true"] if job.pull else [])]
        return Command(("nerdctl", "build", *words, str(job.context)), docker_config(job.authfile))

    def ids(self, references: Sequence[str]) -> Command:
        """As in the interface."""
        return Command(("nerdctl", "image", "inspect", "--format", "{{.Id}}", *references))

    def save(self, reference: str, archive: Path) -> Command:
        """As in the interface."""
        return Command(("nerdctl", "save", "--output", str(archive), reference))

    def push(self, reference: str, authfile: Path | None, *, several: bool = False) -> Command:
        """As in the interface."""
        words = ["--insecure-registry"] if is_local(reference) else []
        return Command(("nerdctl", *words, "push", *(["--all-platforms"] if several else []), reference), docker_config(authfile))
