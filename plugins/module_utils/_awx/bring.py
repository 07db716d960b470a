# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run over a set of definitions, from what AWX has to a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event

from .address import Address
from .client import Client
from .definitions import Item, Ref
from .execute import Executor
from .observe import observe
from .plan import Change, make_plan


@dataclass(frozen=True)
class Wishes:
    """How it is done.

    mark: known by it as ours. check: write nothing. prune: delete what carries the mark and is defined no more. adopt: take over what is
    there without the mark. project_timeout: seconds for the first update of a new project, 0 not to wait.
    """

    mark: str = "roro.kube"
    check: bool = False
    prune: bool = False
    adopt: bool = False
    project_timeout: float = 300.0


@dataclass(frozen=True)
class Report:
    """What was done, or would be with `check`. left: marked, defined no more, and still there. requests: how many were sent."""

    changes: tuple[Change, ...]
    left: tuple[Ref, ...]
    root: str
    requests: int

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return any(change.action != "unchanged" for change in self.changes)


def bring(address: Address, items: Iterable[Item], wishes: Wishes, cancel: Event, tell: Callable[[str], None]) -> Report:
    """Make AWX hold the definitions. tell: hears one line for each change.

    Raises AwxError where AWX cannot be reached or refuses something, and before the first write where anything named is not there.
    """
    items = list(items)
    client = Client(address, pause=cancel.wait)
    observed = observe(client, items, mark=wishes.mark, look_for_strays=True)
    plan = make_plan(items, observed, mark=wishes.mark, prune=wishes.prune, adopt=wishes.adopt)
    if not wishes.check:
        Executor(client, observed, cancel, project_timeout=wishes.project_timeout, tell=tell).run(plan)
    return Report(plan.changes, plan.left, client.root(), client.requests)
