# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a builder is to the rest of the room: commands, made without running anything. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Job:
    """One build. reference, tags: names in full, with tags. secrets: id -> private file. id_file: where the image's id is written.

    platforms: several only where `push`. pull: look for newer bases. authfile: Docker's config.json to push and pull with, or None.
    archive: where a builder without a store of its own writes the image (docker-archive), or None.
    """

    reference: str
    context: Path
    dockerfile: Path
    id_file: Path
    tags: tuple[str, ...] = ()
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Path] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    ignore_file: Path | None = None
    no_cache: bool = False
    pull: bool = False
    push: bool = False
    archive: Path | None = None
    authfile: Path | None = None


@dataclass(frozen=True)
class Command:
    """argv, and what it needs in its environment."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


class Builder(Protocol):
    """One tool. keeps: whether built images stay in a store of its own, which `save`, `push` and `ids` ask."""

    name: str
    keeps: bool

    def probe(self) -> Command:
        """A quick command that succeeds where builds are possible."""

    def build(self, job: Job) -> Command:
        """Build it, with all its names."""

    def ids(self, references: Sequence[str]) -> Command:
        """A command that writes a line `<id>` for each of one or more images, and fails where one is not there."""

    def save(self, reference: str, archive: Path) -> Command:
        """Write a docker-archive of an image of the store."""

    def push(self, reference: str, authfile: Path | None, *, several: bool = False) -> Command:
        """Push an image of the store. several: it is a list of images of several platforms."""


def is_local(reference: str) -> bool:
    """Whether a registry is on this machine, and so may speak plain HTTP, as Docker has it."""
    host = reference.partition("/")[0].rpartition(":")[0] or reference.partition("/")[0]
    return host == "localhost" or host.endswith(".localhost") or host.startswith("127.") or host == "[::1]"


def common_options(job: Job) -> list[str]:
    """What docker, podman, buildah and nerdctl spell alike. Of a secret the type is said: buildah takes its id for the name of a variable
    where one of that name is set."""
    words = ["--file", str(job.dockerfile), "--iidfile", str(job.id_file)]
    words += [word for name in (job.reference, *job.tags) for word in ("--tag", name)]
    words += ["--target", job.target] if job.target else []
    words += [word for key, value in job.args.items() for word in ("--build-arg", f"{key}={value}")]
    words += [word for key, value in job.labels.items() for word in ("--label", f"{key}={value}")]
    words += [word for key, path in job.secrets.items() for word in ("--secret", f"id={key},type=file,src={path}")]
    words += ["--platform", ",".join(job.platforms)] if job.platforms else []
    return words + (["--no-cache"] if job.no_cache else [])


def docker_config(authfile: Path | None) -> dict[str, str]:
    """The environment of a command that reads Docker's configuration from the folder of that file."""
    return {"DOCKER_CONFIG": str(authfile.parent)} if authfile else {}
