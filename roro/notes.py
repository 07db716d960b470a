"""Notices for a person, one way for all commands."""

from __future__ import annotations

import sys

from .reason_words import harmless


def tell(words: str) -> None:
    """On stderr. Clusters have their say in it: nothing that a terminal obeys."""
    print(f"note: {harmless(words)}", file=sys.stderr, flush=True)
