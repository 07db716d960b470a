"""How a clone stands, told to people in a few lines and to machines as one document."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._sync import Standing, commits_text, listed_text

from .ages import age_of
from .reason_words import harmless


def standing_record(found: Standing) -> dict[str, Any]:
    """How a clone stands, as a document."""
    return asdict(found)


def standing_text(found: Standing) -> str:
    """How a clone stands, as lines."""
    place = f"branch {found.branch}" if found.branch else "no branch"
    lines = [f"{place} at {found.commit[:12] or 'no commit'}"]
    if found.upstream and found.ahead is not None and found.behind is not None:
        lines.append(f"{found.upstream}: {commits_text(found.ahead)} ahead, {commits_text(found.behind)} behind, as of the last fetch")
    elif found.upstream:
        lines.append(f"{found.upstream}: not fetched yet")
    if found.local:
        lines.append(f"not committed: {listed_text(found.local)}")
    last = found.last
    if found.unfinished:
        lines.append("a sync was killed half way: the next one takes it up")
    if not last.state:
        lines.append("never synced by roro")
        return harmless("\n".join(lines))
    ago = age_of(last.when, datetime.now().astimezone().isoformat())
    lines.append(f"last sync {ago} ago: {last.state}{f' ({last.reason})' if last.reason and last.reason != last.state else ''}")
    if last.message:
        lines.append(f"  {last.message}")
    lines += [f"  {name}" for name in last.conflicts]
    if last.good and last.good != found.commit and last.state in ("Failed", "Conflict"):
        lines.append(f"last good commit: {last.good[:12]}")
    return harmless("\n".join(lines))
