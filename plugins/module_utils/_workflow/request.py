# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person asks for, however they ask: the command, a module or a playbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._cluster import Connection
from .._model import Workspace
from .._release.data.options import Options


@dataclass(frozen=True)
class Request:
    """One job on one environment.

    workspace: folder in or below the workspace. environment: name, or None where the workspace has one only.
    instances: ids to work on, empty for all. variables: from the command line, the strongest layer;
    secret_variables: over those, and shown nowhere. profiles: switched on by name.
    connection: how to reach the cluster where the environment does not say, stronger than what the environment says.
    system_environment: what `systemEnvironment` of the documents may read; None stands for this process's environment.
    allow_environment: names there that it may read although they are credentials of whoever runs this.
    documents: what is in `workspace`, where it was read a moment ago; a status is then of these.
    """

    workspace: Path
    environment: str | None = None
    instances: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    secret_variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    profiles: tuple[str, ...] = ()
    connection: Connection = field(default_factory=Connection)
    options: Options = field(default_factory=Options)
    system_environment: Mapping[str, str] | None = None
    allow_environment: tuple[str, ...] = ()
    documents: Workspace | None = field(default=None, repr=False)
