# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a task with `no_log`: its `msg`, which Ansible prints all the same, holds no text of logs or documents. Pure."""

from __future__ import annotations

from .types import Outcome

_REST = "what happened is not shown because of no_log; `problems` and `instances` of the registered result tell it"
_INSTANCE = "instance "


def without_words(outcome: Outcome) -> Outcome:
    """The outcome with a `msg` that says no more than which instances failed; the rest, which only `register` gets, is kept."""
    if not outcome.get("failed"):
        return outcome
    places = [str(problem.get("where") or "") for problem in outcome.get("problems") or ()]
    failed = list(dict.fromkeys(place.removeprefix(_INSTANCE) for place in places if place.startswith(_INSTANCE)))
    told = f"failed: {', '.join(failed)}; {_REST}" if failed else f"failed; {_REST}"
    return {**{key: value for key, value in outcome.items() if key != "exception"}, "msg": told}
