"""How commands show examples in their help, and what they offer for a mistyped word."""

from __future__ import annotations

from collections.abc import Iterable


def examples(*commands: str) -> str:
    """An epilog with a command on each line; click wraps none of them (`\\b`)."""
    return "\n".join(["\b", "Examples:", *(f"  {command}" for command in commands)])


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean "up"?`, or "" where nothing is near."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1)
    return f'Did you mean "{near[0]}"?' if near else ""
