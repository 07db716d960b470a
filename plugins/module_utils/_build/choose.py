# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which builder is used: the one that is named, else the first that works here. What does not is told with its reason."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from .._errors import BuildError, UsageError
from .builders.buildah import Buildah, isolation_here
from .builders.buildkit import BuildKit
from .builders.docker import Docker
from .builders.interface import Builder
from .builders.nerdctl import Nerdctl
from .builders.podman import Podman
from .running import Running, is_here

NAMES = ("docker", "podman", "buildah", "nerdctl", "buildctl")
"""In the order in which they are tried."""
VARIABLE = "RORO_BUILDER"
ALIASES = {"buildkit": "buildctl"}


def builder_named(name: str) -> Builder:
    """Raises UsageError for a name that none has."""
    known: dict[str, Builder] = {
        "docker": Docker(),
        "podman": Podman(),
        "buildah": Buildah(isolation_here()),
        "nerdctl": Nerdctl(),
        "buildctl": BuildKit(),
    }
    found = known.get(ALIASES.get(name, name))
    if found is None:
        raise UsageError(f"there is no builder {name}", hint=f"One of: {', '.join(NAMES)}.")
    return found


def choose_builder(wanted: str | None, running: Running) -> Builder:
    """wanted: a name, or None for RORO_BUILDER's, else the first that works. Raises UsageError, BuildError."""
    wanted = wanted or os.environ.get(VARIABLE) or None
    if wanted:
        builder = builder_named(wanted)
        reason = why_not(builder, running)
        if reason:
            raise BuildError(f"{builder.name} cannot build here: {reason}", hint=_hint(running, builder.name))
        return builder
    here = [builder_named(name) for name in NAMES if is_here(name)]
    with ThreadPoolExecutor(max(1, len(here))) as pool:
        reasons = list(pool.map(lambda one: why_not(one, running), here))
    for builder, reason in zip(here, reasons, strict=True):
        if not reason:
            return builder
    told = "; ".join(f"{one.name}: {reason}" for one, reason in zip(here, reasons, strict=True))
    raise BuildError(
        f"nothing here can build images{f' ({told})' if told else ''}",
        hint="Start Docker or Podman, or install buildah, which needs no daemon (apt-get install buildah, dnf install buildah).",
    )


def why_not(builder: Builder, running: Running) -> str:
    """Why it cannot build here, "" where it can."""
    if not is_here(builder.name):
        return "the command is not there"
    ended = running.run(builder.probe())
    if ended.code == 0:
        return ""
    said = [line.strip() for line in ended.lines if line.strip()]
    return said[-1].removeprefix("Error: ") if said else f"it ended with {ended.code}"


def _hint(running: Running, but: str) -> str | None:
    others = [name for name in NAMES if name != but and is_here(name) and not why_not(builder_named(name), running)]
    return f"Here works: {', '.join(f'--builder {name}' for name in others)}." if others else "Start it, or name another with --builder."
