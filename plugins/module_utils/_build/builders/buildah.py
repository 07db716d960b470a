# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Buildah: https://github.com/containers/buildah/blob/main/docs/buildah-build.1.md."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from .interface import Command, Job, common_options, is_local

_BOOTED = Path("/run/systemd/system")
"""sd_booted(3)."""


class Buildah:
    """See the module. isolation: how `RUN` is kept apart; "" for buildah's own choice."""

    name = "buildah"
    keeps = True

    def __init__(self, isolation: str = "") -> None:
        self._isolation = isolation

    def probe(self) -> Command:
        """Its store can be opened."""
        return Command(("buildah", "info", "--format", "{{.store.GraphDriverName}}"))

    def build(self, job: Job) -> Command:
        """Docker's image format, which HEALTHCHECK and SHELL want. Several platforms become one list of images."""
        words = common_options(job)
        if len(job.platforms) > 1:
            names = {job.reference, *job.tags}
            words = [word for at, word in enumerate(words) if word != "--tag" and not (at and words[at - 1] == "--tag" and word in names)]
            words += ["--manifest", job.reference]
        words += ["--format", "docker", "--layers", "--pull=true" if job.pull else "--pull=false"]
        words += ["--isolation", self._isolation, "--network", "host"] if self._isolation == "chroot" else []
        words += ["--ignorefile", str(job.ignore_file)] if job.ignore_file else []
        words += ["--authfile", str(job.authfile)] if job.authfile else []
        return Command(("buildah", "build", *words, str(job.context)))

    def ids(self, references: Sequence[str]) -> Command:
        """As in the interface."""
        return Command(("buildah", "inspect", "--type", "image", "--format", "{{.FromImageID}}\n", references[0]))

    def save(self, reference: str, archive: Path) -> Command:
        """As in the interface."""
        return Command(("buildah", "push", "--quiet", reference, f"docker-archive:{archive}:{reference}"))

    def push(self, reference: str, authfile: Path | None, *, several: bool = False) -> Command:
        """As in the interface."""
        words = ["--authfile", str(authfile)] if authfile else []
        words += ["--tls-verify=false"] if is_local(reference) else []
        verb = ("manifest", "push", "--all") if several else ("push",)
        return Command(("buildah", *verb, *words, reference, f"docker://{reference}"))


def isolation_here() -> str:
    """`chroot` where nothing else can be hoped for: as root in a container, or on a machine without an init that has control groups.

    BUILDAH_ISOLATION, buildah's own variable, comes first.
    """
    return "" if os.environ.get("BUILDAH_ISOLATION") or _BOOTED.is_dir() or os.geteuid() != 0 else "chroot"
