"""A failed instance as a person reads it, in `up` and its like and in `diff`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from .event_words import warning_line
from .reason_words import harmless, reason_words


def show_failure(instance: Mapping[str, Any]) -> None:
    """On stderr one line for what happened, and once below it what stands behind it and what to do. `instance` is of a result's record."""
    from ansible_collections.roro.kube.plugins.module_utils._workflow import failure_lines

    print(f"Failed: {instance['instance']}: {reason_words(instance['reason'], instance['message'])}", file=sys.stderr)
    for line in failure_lines(instance, warning_line):
        print(f"        {harmless(line)}", file=sys.stderr)
