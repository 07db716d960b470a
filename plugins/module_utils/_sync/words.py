# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a sync is told: to people in a few lines, to machines as one record. Pure."""

from __future__ import annotations

import json
import shlex
from typing import Any

from .._harmless import harmless
from .._model import MISSING, without_secrets
from .types import Clash, Synced

MOST_SHOWN = 10
_DONE = {
    "UpToDate": "Up to date with {upstream}.",
    "Ahead": "Up to date with {upstream}, which does not have {ahead} of here (--push sends them).",
    "Pulled": "Pulled {pulled} of {upstream}.",
    "Merged": "Merged {pulled} of {upstream} with those of here.",
    "Rebased": "Put the commits of here on top of {pulled} of {upstream}.",
    "Pushed": "Pushed {pushed} to {upstream}.",
}
_WOULD = {
    "Pushed": "Would push {pushed} to {upstream}.",
    "UpToDate": _DONE["UpToDate"],
    "Ahead": _DONE["Ahead"],
    "Pulled": "Would pull {pulled} of {upstream}.",
    "Merged": "Would merge {pulled} of {upstream} with those of here.",
    "Rebased": "Would put the commits of here on top of {pulled} of {upstream}.",
}


def synced_text(done: Synced, *, check: bool) -> str:
    """The outcome as lines."""
    if done.clashes:
        return harmless("\n".join(_conflict_lines(done)))
    words = (_WOULD if check else _DONE)[done.state]
    counted = {"pulled": commits_text(len(done.pulled)), "pushed": commits_text(done.pushed), "ahead": commits_text(done.ahead)}
    lines = [words.format(upstream=done.upstream, **counted)]
    if done.state in ("Merged", "Rebased") and done.pushed:
        lines.append(f"{'Would push' if check else 'Pushed'} {counted['pushed']} to {done.upstream}.")
    lines += [f"  {commit.name[:12]}  {commit.author.name}: {commit.subject}" for commit in done.pulled[:MOST_SHOWN]]
    if len(done.pulled) > MOST_SHOWN:
        lines.append(f"  and {len(done.pulled) - MOST_SHOWN} more")
    if done.local:
        lines.append(f"Not committed: {listed_text(done.local)}")
    return harmless("\n".join(lines))


def _conflict_lines(done: Synced) -> list[str]:
    lines = [f"{len(done.clashes)} conflict{'s' if len(done.clashes) > 1 else ''} with {done.upstream}; nothing was touched."]
    for clash in done.clashes:
        lines.append(f"{clash.file}{f' at {clash.path}' if clash.path else ''}: {clash.what}")
        if clash.path:
            lines += [
                f"  here:   {_value(clash, clash.ours)}{_by(clash.ours_by)}",
                f"  there:  {_value(clash, clash.theirs)}{_by(clash.theirs_by)}",
                f"  before: {_value(clash, clash.base)}",
            ]
        elif clash.ours_by or clash.theirs_by:
            lines.append(f"  here{_by(clash.ours_by)}, there{_by(clash.theirs_by)}")
    first = shlex.quote(f"{done.clashes[0].name}=ours")
    lines.append(f"Settle them: roro sync --resolve {first} (or theirs), or edit and commit, then sync.")
    return lines


def commits_text(number: int) -> str:
    """Such as `2 commits`."""
    return "1 commit" if number == 1 else f"{number} commits"


def _by(who: str) -> str:
    return f"   ({who})" if who else ""


def _value(clash: Clash, value: Any) -> str:
    if value is MISSING:
        return "removed, or never there"
    shown = json.dumps(_shown(clash, value), ensure_ascii=False)
    return shown if len(shown) <= 100 else f"{shown[:97]}..."


def _shown(clash: Clash, value: Any) -> Any:
    """The value without what its names say is secret."""
    for name in clash.steps:
        value = without_secrets(name, value)
    return value


def listed_text(names: tuple[str, ...]) -> str:
    """The first of many names."""
    more = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def synced_record(done: Synced, *, check: bool) -> dict[str, Any]:
    """The outcome as a document; `check`: it was only asked what would be."""
    return {
        "state": done.state,
        "changed": done.changed,
        "check": check,
        "branch": done.branch,
        "upstream": done.upstream,
        "before": done.before,
        "after": done.after,
        "pulled": [
            {"commit": commit.name, "author": commit.author.name, "subject": commit.subject, "when": commit.when.isoformat()}
            for commit in done.pulled
        ],
        "pushed": done.pushed,
        "ahead": done.ahead,
        "local": list(done.local),
        "conflicts": [_clash_record(clash) for clash in done.clashes],
        "notes": list(done.notes),
    }


def _clash_record(clash: Clash) -> dict[str, Any]:
    """Values that a side does not have are left out."""
    sides = {"base": clash.base, "ours": clash.ours, "theirs": clash.theirs}
    values = {side: _shown(clash, value) for side, value in sides.items() if value is not MISSING}
    return {
        "name": clash.name,
        "file": clash.file,
        "path": clash.path,
        "what": clash.what,
        **values,
        "oursBy": clash.ours_by,
        "theirsBy": clash.theirs_by,
    }
