# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line of one request in our own log: what was asked, how it ended, how long it took. Never a body or a header of ours."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import parse_qsl

from .. import _log as log

_SHOWN = frozenset({"watch", "dryRun", "force", "fieldManager", "limit", "resourceVersion", "labelSelector", "fieldSelector"})
"""What may stand in a query of ours; anything else could be somebody's."""


def log_request(
    method: str,
    path: str,
    began: float,
    attempt: int,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    error: str = "",
) -> None:
    """An attempt that ended. began: monotonic seconds. status: None for no answer, then error says what happened.

    audit: the id under which the API server's audit log has the request, which it tells in every answer:
    https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ .
    """
    level = "warning" if status is None or status == 429 or status >= 500 else "debug"
    if not log.told(level):
        return
    plain, _, query = path.partition("?")
    log.tell(
        level,
        "engine",
        "request",
        method=method,
        path=plain,
        query={key: value for key, value in parse_qsl(query) if key in _SHOWN} or None,
        status=status,
        error=error,
        seconds=round(time.monotonic() - began, 4),
        attempt=attempt,
        audit=(headers or {}).get("Audit-Id"),
    )
