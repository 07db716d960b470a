# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Connection that means the same in another process: nothing is left to the environment, paths are absolute."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from ..types import Connection
from .environment import combined
from .resolve import resolve

_PATHS = ("client_cert", "client_key", "ca_cert")


def pinned(connection: Connection, environ: Mapping[str, str]) -> Connection:
    """The connection as this environment completes it. Credentials that came from variables become fields. Raises ConnectionFailed."""
    access = resolve(connection, environ)
    full = combined(connection, environ)[0]
    found = access.resolved
    if found.source != "in-cluster" and not isinstance(full.kubeconfig, dict) and found.kubeconfig:
        paths = os.pathsep.join(os.path.abspath(os.path.expanduser(path)) for path in found.kubeconfig)  # noqa: PTH100, PTH111 - text
        full = replace(full, kubeconfig=paths, context=found.context or full.context)
    for name in _PATHS:
        path = getattr(full, name)
        if path:
            full = replace(full, **{name: os.path.abspath(os.path.expanduser(path))})  # noqa: PTH100, PTH111 - text
    headers = dict(access.proxy_headers) or None
    return replace(full, proxy=access.proxy or None, proxy_headers=headers, no_proxy=None if access.proxy else "*")
