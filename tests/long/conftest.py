# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make test-long` runs besides `make test`: what takes long, or is fetched when it runs. The cluster and the command are those of
tests/integration."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

INTEGRATION = Path(__file__).parents[1] / "integration"


def _world(name: str, path: Path) -> ModuleType:
    """The fixtures of another folder's tests."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_CLUSTER = _world("cluster_world", INTEGRATION / "conftest.py")
_COMMAND = _world("command_world", INTEGRATION / "command" / "conftest.py")
cluster_kubeconfig, cluster, unique, namespace = _CLUSTER.cluster_kubeconfig, _CLUSTER.cluster, _CLUSTER.unique, _CLUSTER.namespace
eventually = _CLUSTER.eventually
cache, make_workspace = _COMMAND.cache, _COMMAND.make_workspace
