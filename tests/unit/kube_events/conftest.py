"""Builders of Event objects as API servers serve them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

_number = itertools.count(1)


def make_event(about: str, reason: str = "BackOff", message: str = "again", at: str = "10:00:00", **fields: Any) -> dict[str, Any]:
    """An Event of core/v1 as a kubelet writes it. about: `Kind/name` or `Kind/name/uid`."""
    kind, name, *uid = about.split("/")
    time = f"2026-01-01T{at}Z"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"uid": f"e{next(_number)}", "namespace": "shop", "name": f"{name}.1", "creationTimestamp": time},
        "involvedObject": {"apiVersion": "v1", "kind": kind, "namespace": "shop", "name": name, "uid": uid[0] if uid else f"uid-{name}"},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "count": 1,
        "firstTimestamp": time,
        "lastTimestamp": time,
        "source": {"component": "kubelet"},
        **fields,
    }


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    """See make_event."""
    return make_event
