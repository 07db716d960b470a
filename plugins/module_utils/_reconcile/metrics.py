# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reconciler has done and how it stands, as numbers for Prometheus. Counts only; `serving.py` hands
them out, `listeners.py` counts what the loop tells.

The text format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the histogram of corrections, in seconds."""
RESULTS = ("unchanged", "corrected", "reported", "proposed", "failed")
"""How a round may end."""
SILENCE = 300.0
"""Seconds without a sign of life from the loop after which it counts as stuck."""

_OF_THE_LEADER = ("roro_reconcile_drifted", "roro_reconcile_fighting", "roro_reconcile_last_commit_info")

_Labels = tuple[tuple[str, str], ...]


@dataclass
class _Family:
    """One metric: its samples by their labels."""

    kind: str
    help: str
    samples: dict[_Labels, float] = field(default_factory=dict)


@dataclass
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))
    count: int = 0
    total: float = 0.0

    def add(self, seconds: float) -> None:
        self.count += 1
        self.total += seconds
        for index, bound in enumerate(BUCKETS):
            self.counts[index] += seconds <= bound


class Metrics:
    """Thread-safe. Labels are names of documents and kinds, so their number is that of the workspace; none is ever a secret."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._beats = {"": clock()}
        self._ready = False
        self._seconds = _Histogram()
        self._families = {
            "roro_reconcile_runs_total": _Family("counter", "Rounds of reconciliation, by how they ended."),
            "roro_reconcile_corrections_total": _Family("counter", "Objects that were brought back to what the documents say."),
            "roro_reconcile_drifted": _Family("gauge", "1 for an instance that differs from its documents."),
            "roro_reconcile_fighting": _Family("gauge", "1 for an instance whose corrections another manager undoes, so that they ended."),
            "roro_reconcile_last_commit_info": _Family("gauge", "The commit that is in use."),
            "roro_reconcile_last_success_timestamp_seconds": _Family("gauge", "When a round last went well, in seconds since 1970."),
            "roro_reconcile_leader": _Family("gauge", "1 for the process that leads.", {(): 0.0}),
        }

    def run(self, environment: str, result: str) -> None:
        """A round ended. result: one of RESULTS."""
        self._add("roro_reconcile_runs_total", environment=environment, result=result)

    def correction(self, environment: str, instance: str, kind: str, seconds: float) -> None:
        """An object was corrected, so many seconds after its drift was noticed."""
        self._add("roro_reconcile_corrections_total", environment=environment, instance=instance, kind=kind)
        with self._lock:
            self._seconds.add(max(0.0, seconds))

    def drifted(self, environment: str, instance: str, drifted: bool) -> None:
        """Whether the instance differs from its documents now."""
        self._set("roro_reconcile_drifted", float(drifted), environment=environment, instance=instance)

    def fighting(self, environment: str, instance: str, fighting: bool) -> None:
        """Whether corrections of the instance ended because another manager undoes them."""
        self._set("roro_reconcile_fighting", float(fighting), environment=environment, instance=instance)

    def gone(self, environment: str, instance: str) -> None:
        """The instance is no longer in the documents: nothing is said of how it stands any more."""
        key = _labels({"environment": environment, "instance": instance})
        with self._lock:
            for name in ("roro_reconcile_drifted", "roro_reconcile_fighting"):
                self._families[name].samples.pop(key, None)

    def commit(self, environment: str, commit: str) -> None:
        """The commit that is in use; the one before is not told any more."""
        with self._lock:
            samples = self._families["roro_reconcile_last_commit_info"].samples
            for labels in [labels for labels in samples if ("environment", environment) in labels]:
                del samples[labels]
            samples[_labels({"environment": environment, "commit": commit})] = 1.0

    def success(self, environment: str, when: float) -> None:
        """A round went well. when: seconds since 1970."""
        self._set("roro_reconcile_last_success_timestamp_seconds", when, environment=environment)

    def leader(self, leads: bool) -> None:
        """Whether this process leads. How instances stand is told by the one that does, and by no other."""
        with self._lock:
            self._beats = {"": self._clock()}
            for name in () if leads else _OF_THE_LEADER:
                self._families[name].samples.clear()
        self._set("roro_reconcile_leader", float(leads))

    def beat(self, part: str = "") -> None:
        """A part of the process lives: the loop of an environment, or "" for the standing by. To be said at least every minute, by each
        that has said it once, until `leader` is told something."""
        with self._lock:
            if part:
                self._beats.pop("", None)
            if part or "" in self._beats:
                self._beats[part] = self._clock()

    def ready(self, ready: bool = True) -> None:
        """Whether the loop, or the standing by, has begun."""
        with self._lock:
            self._ready = ready

    @property
    def is_ready(self) -> bool:
        """What `ready` was told last."""
        with self._lock:
            return self._ready

    @property
    def silent(self) -> float:
        """Seconds since the last sign of life of the part that is silent longest where that is too long, else 0."""
        with self._lock:
            since = self._clock() - min(self._beats.values())
        return since if since > SILENCE else 0.0

    def text(self) -> str:
        """Everything in the text format."""
        with self._lock:
            return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name, family in self._families.items():
            yield from _head(name, family.kind, family.help)
            for labels, value in sorted(family.samples.items()):
                yield _sample(name, labels, value)
        name = "roro_reconcile_correction_seconds"
        yield from _head(name, "histogram", "Seconds from noticing a drift to the object as it should be.")
        for bound, count in zip(BUCKETS, self._seconds.counts, strict=True):
            yield _sample(f"{name}_bucket", (("le", _number(bound)),), count)
        yield _sample(f"{name}_bucket", (("le", "+Inf"),), self._seconds.count)
        yield _sample(f"{name}_sum", (), self._seconds.total)
        yield _sample(f"{name}_count", (), self._seconds.count)

    def _add(self, name: str, **labels: str) -> None:
        key = _labels(labels)
        with self._lock:
            samples = self._families[name].samples
            samples[key] = samples.get(key, 0.0) + 1.0

    def _set(self, name: str, value: float, **labels: str) -> None:
        with self._lock:
            self._families[name].samples[_labels(labels)] = value


def _labels(labels: Mapping[str, str]) -> _Labels:
    return tuple(labels.items())


def _head(name: str, kind: str, words: str) -> Iterable[str]:
    return (f"# HELP {name} {words}", f"# TYPE {name} {kind}")


def _sample(name: str, labels: _Labels, value: float) -> str:
    inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"{name}{{{inner}}} {_number(value)}" if inner else f"{name} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
