# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Podman: https://docs.podman.io/en/latest/markdown/podman-build.1.html."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .interface import Command, Job, common_options, is_local


class Podman:
    """See the module."""

    name = "podman"
    keeps = True

    def probe(self) -> Command:
        """Its store can be opened."""
        return Command(("podman", "info", "--format", "{{.Version.Version}}"))

    def build(self, job: Job) -> Command:
        """Docker's image format, which HEALTHCHECK and SHELL want. Several platforms become one list of images."""
        words = common_options(job) if len(job.platforms) < 2 else _as_list(common_options(job), job)
        words += ["--format", "docker", "--layers", "--pull=newer" if job.pull else "--pull=missing"]
        words += ["--ignorefile", str(job.ignore_file)] if job.ignore_file else []
        words += ["--authfile", str(job.authfile)] if job.authfile else []
        return Command(("podman", "build", *words, str(job.context)))

    def ids(self, references: Sequence[str]) -> Command:
        """As in the interface."""
        return Command(("podman", "image", "inspect", "--format", "{{.Id}}", *references))

    def save(self, reference: str, archive: Path) -> Command:
        """As in the interface."""
        return Command(("podman", "save", "--format", "docker-archive", "--output", str(archive), reference))

    def push(self, reference: str, authfile: Path | None, *, several: bool = False) -> Command:
        """As in the interface."""
        words = ["--authfile", str(authfile)] if authfile else []
        words += ["--tls-verify=false"] if is_local(reference) else []
        verb = ("manifest", "push", "--all") if several else ("push",)
        return Command(("podman", *verb, *words, reference, f"docker://{reference}"))


def _as_list(words: list[str], job: Job) -> list[str]:
    """Without the names, which are those of the list."""
    names = {job.reference, *job.tags}
    kept = [word for at, word in enumerate(words) if not (word == "--tag" or (at and words[at - 1] == "--tag" and word in names))]
    return [*kept, "--manifest", job.reference]
