# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the loop: some instances that it has for itself, and what it came to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .._errors import Interrupted, RoroError
from .._objects import Identity
from .._release import Glance
from .looking import Looked, Looking
from .tally import Stands, after_correcting, after_looking
from .types import Mode
from .wanted import Wanted


@dataclass(frozen=True)
class Round:
    """What is asked of it. names: instances of the documents; gone: such as left them. news: those of which the documents say something
    else than what was applied. seen: the suspects that it is begun for. writes: it corrects, else it only looks. waits: until they are
    healthy. begun: when that was first known for which it is begun, by the loop's clock."""

    names: tuple[str, ...]
    gone: tuple[str, ...]
    news: frozenset[str]
    wanted: Wanted
    seen: dict[Identity, Glance | None]
    mode: Mode
    writes: bool
    waits: bool
    begun: float

    @property
    def instances(self) -> Collection[str]:
        """All that it has for itself."""
        return (*self.names, *self.gone)


@dataclass(frozen=True)
class Ended:
    """What a round came to. stands: nothing where it was interrupted. at: when, by the loop's clock."""

    round: Round
    looked: Looked
    stands: Stands
    at: float = 0.0

    @property
    def word(self) -> str:
        """`unchanged`, `corrected`, `reported`, `proposed` or `failed`."""
        states = {stand[0] for stand in self.stands.values()}
        if "Failed" in states or "Fighting" in states:
            return "failed"
        if self.round.writes and self.looked.changed:
            return "corrected"
        return "proposed" if "Proposed" in states else "reported" if self.looked.findings else "unchanged"


def carry_out(asked: Round, looking: Looking) -> Ended:
    """Look, and correct where that is asked for. Raises nothing: whatever goes wrong is how the instances stand then."""
    try:
        if asked.writes:
            looked = looking.correct(asked.names, gone=bool(asked.gone), wait=asked.waits)
            return Ended(asked, looked, after_correcting(looked, asked.names))
        looked = looking.look(asked.names, gone=bool(asked.gone))
        return Ended(asked, looked, after_looking(looked, asked.mode, asked.names))
    except Interrupted:
        return Ended(asked, Looked(), {})
    except RoroError as error:
        return _failed(asked, error.problems[0].message)
    except Exception as error:  # a defect of ours must not leave these instances alone for ever
        return _failed(asked, f"unexpected {type(error).__name__}: {error}")


def _failed(asked: Round, words: str) -> Ended:
    return Ended(asked, Looked(), {name: ("Failed", words, []) for name in asked.instances})
