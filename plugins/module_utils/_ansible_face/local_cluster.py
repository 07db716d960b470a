# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The twins of local_cluster: their options, and the engine's room behind a guard. They need no workspace and no cluster to connect to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._errors import RoroError
from .guarded import error_result, missing_library, unexpected
from .parameters import plain
from .types import Outcome

try:
    from .._local_cluster import run_task
except ImportError as error:
    MISSING_LIBRARY: ImportError | None = error
else:
    MISSING_LIBRARY = None

OPTIONS: dict[str, Any] = {
    "name": {"type": "str", "default": "roro"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "provider": {"type": "str", "choices": ["auto", "native", "kind", "k3d", "minikube"], "default": "auto"},
    "simulated_nodes": {"type": "int", "default": 0},
    "only_simulated": {"type": "bool", "default": False},
    "merge_kubeconfig": {"type": "bool", "default": False},
    "kubernetes_version": {"type": "str"},
    "audit": {"type": "bool", "default": False},
    "images": {"type": "list", "elements": "path", "default": []},
    "files": {"type": "path"},
}


def run_local_cluster(parameters: Mapping[str, Any], check: bool, progress: Callable[[str, str], None], verbosity: int = 0) -> Outcome:
    """Do what validated parameters say. Never raises: errors are results.

    progress: takes a phase and a sentence, and may raise RoroError to stop.
    """
    if MISSING_LIBRARY is not None:
        return missing_library(MISSING_LIBRARY)
    try:
        return run_task(plain(parameters), check, progress)
    except RoroError as error:
        return error_result(error)
    except Exception as error:
        return unexpected(error, verbosity)
