# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service account of the pod this process runs in.

https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..types import ResolvedConnection
from .access import Access, Pem
from .credentials import TokenFileCredentials

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def in_cluster(environ: Mapping[str, str], folder: Path = SERVICE_ACCOUNT) -> Access | None:
    """The pod's own access, or None outside a pod. The token is read again as it is rotated."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "")
    token = folder / "token"
    if not host or not port or not token.is_file():
        return None
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    namespace_file = folder / "namespace"
    namespace = namespace_file.read_text(encoding="utf-8").strip() if namespace_file.is_file() else ""
    ca = folder / "ca.crt"
    return Access(
        server,
        TokenFileCredentials(str(token)),
        ResolvedConnection(server, "", "", namespace, "in-cluster", "service account"),
        ca=Pem("service account CA", path=str(ca)) if ca.is_file() else None,
    )
