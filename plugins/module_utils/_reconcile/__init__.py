# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired against current, once or for ever: what differs is reported, proposed or corrected, by the plans of `_release`.

Reads no documents: the room above hands them over as `Wanted`, and again when they change (`Source`). `looking.py` is one look and what is
done about it; `loop.py` is for ever, a round (`rounds.py`) after the other, on what `watching.py` follows, at the pace of `pace.py`;
`fights.py` knows when to give in; `tally.py` keeps how instances stand, `standing_record.py` what the cluster remembers of that.

Front door:
    Looking(cluster, wanted, records, sink, cancel).look(names) | .correct(names) | .approved(proposal, names, ...) -> Looked
    Loop(cluster, source, by, listener, sink).run(stop)
    read_standing, write_standing; Tally, after_looking, after_correcting, in_their_windows
    Leader(...).run(stop, lead)     one of several at a time
    Announcer(...), Metrics, serve_metrics(...); Announcing, Counting, Several: listeners that tell them
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from .announcing import Announcer
    from .leading import Leader
    from .listeners import Announcing, Counting, Several
    from .looking import Looked, Looking
    from .loop import Listener, Loop
    from .metrics import Metrics
    from .serving import read_address, serve_metrics
    from .standing_record import read_standing, write_standing
    from .tally import Stands, Tally, after_correcting, after_looking, in_their_windows
    from .types import MODES, Finding, InstanceStanding, Mode, Proposal, Standing
    from .wanted import Source, Wanted

__all__ = [
    "MODES",
    "Announcer",
    "Announcing",
    "Counting",
    "Finding",
    "InstanceStanding",
    "Leader",
    "Listener",
    "Looked",
    "Looking",
    "Loop",
    "Metrics",
    "Mode",
    "Proposal",
    "Several",
    "Source",
    "Standing",
    "Stands",
    "Tally",
    "Wanted",
    "after_correcting",
    "after_looking",
    "in_their_windows",
    "read_address",
    "read_standing",
    "serve_metrics",
    "write_standing",
]

_FILES = {
    "announcing": ("Announcer",),
    "leading": ("Leader",),
    "listeners": ("Announcing", "Counting", "Several"),
    "looking": ("Looked", "Looking"),
    "loop": ("Listener", "Loop"),
    "metrics": ("Metrics",),
    "serving": ("read_address", "serve_metrics"),
    "standing_record": ("read_standing", "write_standing"),
    "tally": ("Stands", "Tally", "after_correcting", "after_looking", "in_their_windows"),
    "types": ("MODES", "Finding", "InstanceStanding", "Mode", "Proposal", "Standing"),
    "wanted": ("Source", "Wanted"),
}

__getattr__ = lazily(__name__, _FILES)
