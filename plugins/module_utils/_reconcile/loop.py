# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One environment, reconciled for as long as it runs: at commits, at drift that watches see, at forwards that are gone.

The loop decides and the runs work: each run has some instances for itself, and what happens to those meanwhile is looked at when it has
ended. While the documents have a mistake, or their server is away, the last good ones stay in use.
"""

from __future__ import annotations

import contextlib
import math
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from .._cluster import Cluster
from .._errors import RoroError
from .._events import Sink
from .._objects import Identity
from .._release import InstanceRecord, list_records
from .fights import PEACE, Fights
from .looking import Looking, is_news
from .pace import TOGETHER, Pace
from .rounds import Ended, Round, carry_out
from .standing_record import read_standing
from .standing_writer import StandingWriter
from .tally import Tally, by_instance, in_their_windows, told
from .types import Finding, InstanceStanding, Mode, Standing, StandingState
from .wanted import Source, Wanted, changed_between
from .watching import Suspects, Watching

_HEARTBEAT = 0.2
"""Seconds in which a stop is noticed."""
_LOOK_AT_DOCUMENTS = 0.5
"""Seconds between two looks whether the documents changed."""
_READ_AGAIN = 15.0
"""Seconds until documents that could not be read are read again though they are the same."""
_LOOK_AT_FORWARDS = 2.0
_LOOK_AT_OTHERS = 0.5
"""Seconds until one that did not stand well is looked at again, when it changes."""
_LOOK_AT_LOCKS = 2.0
"""Seconds until one that another run is at work on is looked at again."""
_LOOK_AT_FIGHTS = 30.0
"""Seconds until one that is fought over is looked at again, when it changes."""
_MOST_RUNS = 4
"""Runs at a time."""
_UNDER_WAY = 20.0
"""Seconds after which a run that seems to be under way is asked for by its lock."""
_ENDING = 15.0
"""Seconds that runs under way have to record what they did when the loop is to end."""


class Listener(Protocol):
    """Whoever is told what happens. Called from several threads."""

    def standing(self, item: InstanceStanding) -> None:
        """An instance stands differently now."""

    def corrected(self, findings: Sequence[Finding], seconds: float) -> None:
        """These were corrected, so long after they were seen."""

    def documents(self, wanted: Wanted) -> None:
        """These documents are in use from now on."""

    def trouble(self, words: str) -> None:
        """Why something cannot be learned or read now; "" when all can again."""

    def ran(self, result: str) -> None:
        """A look has ended: `unchanged`, `corrected`, `reported`, `proposed` or `failed`."""

    def alive(self) -> None:
        """The loop is at work. Called several times a second."""


@dataclass
class Loop:
    """See above. by: who reconciles, in words. sink: is told what runs do."""

    cluster: Cluster
    source: Source
    by: str
    listener: Listener
    sink: Sink
    clock: Callable[[], float] = time.monotonic
    _wanted: Wanted | None = None
    _records: dict[str, InstanceRecord] = field(default_factory=dict)
    _stale: bool = True
    _pace: Pace = field(default_factory=Pace)
    _fights: Fights = field(default_factory=Fights)
    _ended: queue.SimpleQueue[Ended] = field(default_factory=queue.SimpleQueue)
    _threads: list[threading.Thread] = field(default_factory=list)
    _missed: set[str] = field(default_factory=set)
    """Instances that something was heard of while a run was at work on them."""
    _failed: dict[str, str] = field(default_factory=dict)
    """Instance -> the digest of the documents that it could not be brought to."""
    _forwards: dict[str, list[Finding]] = field(default_factory=dict)
    """Instance -> its forwards that should be open and are not opened."""
    _first_seen: dict[str, float] = field(default_factory=dict)
    _next: dict[str, float] = field(default_factory=dict)
    _trouble: dict[str, str] = field(default_factory=dict)
    _told_trouble: str = ""
    _written: Standing | None = None
    _writing: Standing | None = None

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set; runs under way are interrupted and record what they did. Raises RoroError where the documents cannot be
        read at first."""
        self._wanted = self._read()
        place = (self._wanted.selection.workspace.name, self._wanted.selection.environment.name)
        self._tally = Tally(*place, self.by, watching=True)
        self._watching = Watching(self.cluster, *place)
        self._suspects = Suspects(self._watching)
        self._cancel = threading.Event()
        self._writer = StandingWriter(self.cluster, self._cancel)
        try:
            self._remember()
            self._pace.concern(self._wanted.by_id.keys() - self._failed.keys(), self.clock(), 0.0)
            while not stop.is_set():
                self._turn()
        finally:
            self._end()

    def _turn(self) -> None:
        """What happened, what is due, and what is to be told."""
        heard = self._watching.take(min(self._pace.wait(self.clock()), _HEARTBEAT))
        if heard.records or heard.again:
            self._stale = True
        self._look_at_documents()
        if self._stale:
            self._learn_records()
        self._hear(heard.objects)
        self._look_at_forwards()
        self._collect()
        self._begin()
        self._publish()
        self.listener.alive()

    def _due(self, what: str, period: float) -> bool:
        """Whether it is time again for something that is done each `period` seconds."""
        now = self.clock()
        if now < self._next.get(what, 0.0):
            return False
        self._next[what] = now + period
        return True

    @contextlib.contextmanager
    def _troubled(self, what: str) -> Iterator[None]:
        """What goes wrong inside is told, and goes on to be told until it goes well."""
        try:
            yield
        except RoroError as error:
            self._trouble[what] = error.problems[0].message
        else:
            self._trouble.pop(what, None)

    # What is wanted

    def _read(self) -> Wanted:
        wanted = self.source.read()
        self.listener.documents(wanted)
        return wanted

    def _look_at_documents(self, *, at_once: bool = False) -> None:
        if at_once:
            self._next.pop("documents", None)
        if not self._due("documents", _LOOK_AT_DOCUMENTS) or not (self.source.changed() or self._are_to_be_read_again()):
            return
        with self._troubled("documents"):
            before = self._wanted
            self._wanted = wanted = self._read()
            changed = changed_between(before, wanted)
            self._fights.forget(changed)
            self._pace.well(changed)
            self._pace.concern(changed, self.clock(), TOGETHER)
            self._next.pop("forwards", None)
            self._follow()

    def _are_to_be_read_again(self) -> bool:
        """What could not be read may be readable by now, although it is the same: a value is in the cluster, a disk has room."""
        return "documents" in self._trouble and self._due("documents again", _READ_AGAIN)

    # What is there

    def _learn_records(self) -> None:
        """Read what the cluster remembers, once for each time that it changed."""
        wanted = self._needed()
        if not self._due("records", TOGETHER):
            return
        with self._troubled("records"), self.cluster.one_try():  # it is read again a second later
            self._stale = False
            before = self._records
            self._records, _notice = list_records(self.cluster, self._tally.workspace, self._tally.environment, wanted.homes)
            self._follow()
            self._hear_of_missed(name for name in {*before, *self._records} if before.get(name) != self._records.get(name))
        if "records" in self._trouble:
            self._stale = True
            self._next["records"] = self.clock() + 1.0

    def _remember(self) -> None:
        """What was rolled back before this began is not tried again as long as the documents are the same, unless somebody applied them."""
        wanted = self._needed()
        before = read_standing(self.cluster, self._tally.workspace, self._tally.environment, wanted.homes)
        known = [standing for standing in before.instances if standing.instance in wanted.by_id] if before is not None else []
        given_up = [standing for standing in known if wanted.by_id[standing.instance].digest == standing.rolled_back != ""]
        self._failed.update({standing.instance: standing.rolled_back for standing in given_up})
        self._learn_records()
        for standing in given_up:
            name = standing.instance
            if is_news(name, wanted, self._records):
                self._put(name, "Failed", standing.message, standing.findings)
                self._tally.rolled_back(name, standing.rolled_back)
            else:
                del self._failed[name]

    def _follow(self) -> None:
        wanted = self._needed()
        refs = [owned.ref for record in self._records.values() for owned in record.objects]
        with self._troubled("following"):
            self._watching.follow(refs, {*wanted.homes, *(one.namespace for one in self._records.values())})

    def _hear(self, objects: Collection[Identity]) -> None:
        """Those whose objects changed are looked at where that may be drift."""
        if objects:
            self._hear_of(name for name, record in self._records.items() if any(owned.ref.identity in objects for owned in record.objects))

    def _hear_of(self, names: Iterable[str]) -> None:
        now, wanted = self.clock(), self._needed()
        for name in names:
            item = wanted.by_id.get(name)
            if item is None and name in wanted.options.left_out:
                continue
            if name in self._pace.busy:
                self._missed.add(name)
                continue
            record, standing = self._records.get(name), self._tally.of(name)
            if standing is not None and standing.state == "Fighting":
                self._pace.concern([name], now, _LOOK_AT_FIGHTS)
            elif record is None or is_news(name, wanted, self._records):
                if item is None or self._failed.get(name) != item.digest:  # else it is tried again in its own time
                    self._pace.concern([name], now)
            elif record.outcome == "pending":
                self._pace.concern([name], now, _UNDER_WAY)
            elif standing is not None and standing.state == "Failed" and record.outcome != "deployed":
                continue  # it is tried again in its own time
            elif self._suspects.of(record):
                self._first_seen.setdefault(name, now)
                self._pace.concern([name], now)
            elif record.outcome == "stopped" or self._may_be_well(name):
                self._pace.concern([name], now, _LOOK_AT_OTHERS)

    def _hear_of_missed(self, more: Iterable[str] = ()) -> None:
        """Of those too that a run was at work on: the run may have looked before what was heard of happened."""
        names, self._missed = {*more, *self._missed}, set()
        self._hear_of(names)

    def _may_be_well(self, name: str) -> bool:
        """Whether it did not stand well, and somebody else may have seen to that: brought it up, started it, undone what they did."""
        standing = self._tally.of(name)
        return standing is not None and standing.state not in ("InSync", "Correcting")

    def _needed(self) -> Wanted:
        if self._wanted is None:
            raise RuntimeError("nothing was read yet")
        return self._wanted

    # What is done

    def _begin(self) -> None:
        """A run for what is due, by the way in which it is reconciled."""
        if self._stale and self._records:
            return  # what is due may have been seen to by another run: first it is learned
        if self._pace.wait(self.clock()) > 0 or sum(thread.is_alive() for thread in self._threads) >= _MOST_RUNS:
            return
        self._look_at_documents(at_once=True)  # a person may have saved them, and applied them already: that must not be taken back
        wanted = self._needed()
        names = self._pace.take(self.clock())
        groups: dict[Mode, list[str]] = {}
        idle: list[str] = []
        for name in names:
            if why := wanted.left_alone(name, self._records.get(name)):
                self._put(name, "Suspended", why)
                idle.append(name)
            else:
                groups.setdefault(wanted.mode_of(name), []).append(name)
        self._pace.done(idle)
        for mode, members in groups.items():
            self._start(mode, members, wanted)

    def _start(self, mode: Mode, names: list[str], wanted: Wanted) -> None:
        now = self.cluster.now()
        closed = [name for name in names if wanted.held_back(name, now)]
        open_ones = [name for name in names if name not in closed]
        for group, writes in ((open_ones, mode == "correct"), (closed, False)):
            if group:
                self._start_round(self._round(group, mode, wanted, writes=writes))

    def _round(self, names: list[str], mode: Mode, wanted: Wanted, *, writes: bool) -> Round:
        known = tuple(name for name in names if name in wanted.by_id)
        news = frozenset(name for name in known if is_news(name, wanted, self._records))
        return Round(
            known,
            tuple(name for name in names if name not in wanted.by_id),
            news,
            wanted,
            {key: one for name in known if name in self._records for key, one in self._suspects.of(self._records[name]).items()},
            mode,
            writes,
            waits=any(name in news or self._records[name].outcome != "deployed" for name in known),  # whose health nobody has seen yet
            begun=min((self._first_seen.pop(name) for name in names if name in self._first_seen), default=self.clock()),
        )

    def _start_round(self, asked: Round) -> None:
        looking = Looking(self.cluster, asked.wanted, dict(self._records), self.sink, self._cancel, self._fights, self.clock())
        for name in asked.names if asked.writes and asked.news else ():
            self._put(name, "Correcting")

        def work() -> None:
            ended = carry_out(asked, looking)
            self._ended.put(replace(ended, at=self.clock()))

        thread = threading.Thread(target=work, name=f"roro-reconcile-{next(iter(asked.instances))}", daemon=True)
        self._threads = [other for other in self._threads if other.is_alive()] + [thread]
        thread.start()

    def _collect(self) -> None:
        """What rounds that have ended found."""
        while True:
            try:
                ended = self._ended.get_nowait()
            except queue.Empty:
                return
            self._pace.done(ended.round.instances)
            self._judge(ended)
            if ended.round.writes:
                self._stale = True  # what was missed is judged by what the run recorded
            else:
                self._hear_of_missed()
            if ended.round.wanted is not self._wanted:
                self._pace.concern(ended.round.instances, self.clock())

    def _judge(self, ended: Ended) -> None:
        """How they stand now, and when they are to be looked at again."""
        now, wanted, looked = self.clock(), ended.round.wanted, ended.looked
        time_there = self.cluster.now()
        for name, (state, message, findings) in in_their_windows(ended.stands, wanted, time_there).items():
            after = math.inf
            if state == "Waiting":
                after = wanted.opens_in(name, time_there) if findings else _LOOK_AT_LOCKS
            elif state == "Fighting":
                after = PEACE
            self._put(name, state, message, findings)
            if after < math.inf:
                self._pace.concern([name], now, after)
        self._judge_failures(ended, now)
        if not looked.findings and {stand[0] for stand in ended.stands.values()} == {"InSync"}:
            self._suspects.accept(ended.round.seen)
        corrected = looked.seen_to if ended.round.writes and looked.changed else ()
        if corrected:
            self._fights.corrected((one for one in corrected if one.instance not in ended.round.news), now)
            self.listener.corrected(corrected, ended.at - ended.round.begun)
        self.listener.ran(ended.word)

    def _judge_failures(self, ended: Ended, now: float) -> None:
        """What failed is tried again, but for what was rolled back as the documents say: that waits for other documents."""
        for name in ended.round.names:
            item = ended.round.wanted.by_id[name]
            if name not in ended.stands or ended.stands[name][0] != "Failed":
                self._failed.pop(name, None)
                self._pace.well([name])
                continue
            self._failed[name] = item.digest
            if item.instance.on_failure != "rollback" or name not in ended.round.news or not ended.looked.results:
                self._pace.failed([name], now)
            else:
                self._tally.rolled_back(name, item.digest)

    # Forwards

    def _look_at_forwards(self) -> None:
        if not self._due("forwards", _LOOK_AT_FORWARDS):
            return
        with self._troubled("forwards"):
            missing = by_instance(self.source.missing_forwards())
            if any(self._may_be_opened(name) for name in missing):
                self.source.open_forwards()
                self.listener.corrected([one for found in missing.values() for one in found], 0.0)
                missing = {}
            before, self._forwards = self._forwards, missing
            for name in {*before, *missing}:
                standing = self._tally.of(name)
                if standing is not None and all(one.action == "PortForward" for one in standing.findings):
                    self._put(name, "InSync" if standing.state == "Drifted" else standing.state, standing.message)

    def _may_be_opened(self, name: str) -> bool:
        wanted = self._needed()
        if wanted.mode_of(name) != "correct" or wanted.left_alone(name, self._records.get(name)):
            return False
        return not wanted.held_back(name, self.cluster.now())

    # What is told

    def _put(self, name: str, state: StandingState, message: str = "", findings: Iterable[Finding] = ()) -> None:
        if state == "InSync" and self._forwards.get(name):
            state, findings = "Drifted", self._forwards[name]
            message = told(findings)
        if name and self._tally.put(name, state, self.cluster.now().isoformat(), message, findings):
            item = self._tally.of(name)
            if item is not None:
                self.listener.standing(item)

    def _publish(self) -> None:
        wanted = self._needed()
        trouble = next(filter(None, (*self._trouble.values(), self.source.trouble, self._watching.trouble)), "")
        if trouble != self._told_trouble:
            self._told_trouble = trouble
            self.listener.trouble(trouble)
        self._tally.keep({*wanted.by_id, *self._records})
        mode = wanted.mode or wanted.drift.mode
        now = self._tally.standing(mode, wanted.commit, wanted.documents, "", trouble)
        self._take_written()
        if now != self._written and not self._writer.busy and self._is_whole(now) and self._due("standing", 1.0):
            self._writer.begin(wanted.homes, self._timed(now))
            self._writing = now

    def _take_written(self) -> None:
        ended = self._writer.ended()
        if ended is not None:
            with self._troubled("standing"):
                if ended[1] is not None:
                    raise ended[1]
                self._written = self._writing

    def _is_whole(self, standing: Standing) -> bool:
        """Whether every instance was looked at, and none is in between; before that what was proposed earlier stays to be approved."""
        known = {item.instance for item in standing.instances if item.state != "Correcting"}
        return known >= {*self._needed().by_id, *(item.instance for item in standing.instances)}

    def _timed(self, standing: Standing) -> Standing:
        return replace(standing, when=self.cluster.now().isoformat())

    def _end(self) -> None:
        self._cancel.set()
        deadline = time.monotonic() + _ENDING
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if self._writing is not None:
            self._writer.end(self._needed().homes, self._timed(replace(self._writing, watching=False)))
        self._watching.close()
