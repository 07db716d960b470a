# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries a plan out: objects first, then what hangs on them.

Stops at the first refusal; what was made stays and is found by the next run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

from .._errors import AwxError, Interrupted
from .client import Body, Client
from .compare import ENCRYPTED, written
from .definitions import Item, Ref
from .kinds import endpoint
from .observe import Observed
from .plan import Change, Plan

_ENDED = ("successful", "failed", "error", "canceled", "missing")


class Executor:
    """One plan's writes."""

    def __init__(self, client: Client, observed: Observed, cancel: Event, *, project_timeout: float, tell: Callable[[str], None]) -> None:
        """project_timeout: seconds to wait for the first update of a project that was made. tell: hears each change, one line each."""
        self._client = client
        self._cancel = cancel
        self._timeout = project_timeout
        self._tell = tell
        self._ids: dict[Ref, int] = {ref: seen.id for ref, seen in observed.objects.items()}
        self._observed = observed

    def run(self, plan: Plan) -> None:
        """Raises AwxError with the object and the field that AWX refuses, Interrupted when the run was cancelled."""
        for change in plan.changes:
            if self._cancel.is_set():
                raise Interrupted("stopped before all definitions were written", hint="The next run goes on from here.")
            if change.item is None or change.action == "unchanged":
                continue
            self._tell(f"{change.action} {change.ref}")
            if change.action == "create":
                self._create(change.item)
            elif change.fields:
                self._patch(change, change.item)
            if change.survey:
                self._survey(change.item)
            if change.approval:
                self._approve(change)
        for change in plan.changes:
            if change.item is not None:
                for name in change.links:
                    self._link(change.item, name)
        for change in plan.changes:
            if change.action == "delete" and change.seen is not None:
                self._tell(f"delete {change.ref}")
                self._client.send("DELETE", f"{endpoint(change.ref.kind)}{change.seen.id}/", None, str(change.ref))

    def _create(self, item: Item) -> None:
        body = {**self._fields(item, tuple(item.fields)), **{name: self._id(ref) for name, ref in item.references.items()}}
        if item.kind.secrets and item.secrets:
            body[item.kind.secrets] = {**(item.fields.get(item.kind.secrets) or {}), **item.secrets}
        body[item.kind.name_field] = item.ref.name
        made = self._client.send("POST", endpoint(item.ref.kind), body, str(item.ref))
        self._ids[item.ref] = int(made["id"])
        if item.ref.kind == "projects" and made.get("scm_type"):
            self._wait_for_project(item.ref)

    def _patch(self, change: Change, item: Item) -> None:
        body = self._fields(item, change.fields)
        body.update({name: self._id(item.references[name]) for name in change.fields if name in item.references})
        hidden = item.kind.secrets
        if hidden and hidden in change.fields and change.seen is not None:
            given = {d.field.removeprefix(f"{hidden}.") for d in change.differences if d.field.startswith(f"{hidden}.")}
            theirs: Mapping[str, Any] = change.seen.body.get(hidden) or {}
            kept = {key: value for key, value in theirs.items() if value == ENCRYPTED}
            new = {key: value for key, value in item.secrets.items() if key in given}
            body[hidden] = {**kept, **(item.fields.get(hidden) or theirs), **kept, **new}
        self._client.send("PATCH", f"{endpoint(item.ref.kind)}{self._id(item.ref)}/", body, str(item.ref))

    def _fields(self, item: Item, names: tuple[str, ...]) -> Body:
        return {
            name: written(item.fields[name]) if name in item.kind.texts else item.fields[name]
            for name in names
            if name in item.fields and name not in item.references
        }

    def _survey(self, item: Item) -> None:
        path = f"{endpoint(item.ref.kind)}{self._id(item.ref)}/survey_spec/"
        method, body = ("POST", item.survey) if item.survey else ("DELETE", None)
        self._client.send(method, path, body, f"survey of {item.ref}")

    def _approve(self, change: Change) -> None:
        item = change.item
        if item is None or item.approval is None:
            return
        summary = ((change.seen.body if change.seen else {}).get("summary_fields") or {}).get("unified_job_template") or {}
        if summary.get("unified_job_type") == "workflow_approval":
            self._client.send("PATCH", f"workflow_approval_templates/{summary['id']}/", item.approval, str(item.ref))
        else:
            self._client.send(
                "POST", f"workflow_job_template_nodes/{self._id(item.ref)}/create_approval_template/", item.approval, str(item.ref)
            )

    def _link(self, item: Item, name: str) -> None:
        path = f"{endpoint(item.ref.kind)}{self._id(item.ref)}/{name}/"
        seen = self._observed.objects.get(item.ref)
        theirs = [int(body["id"]) for body in seen.links.get(name, [])] if seen else []
        where = f"{name} of {item.ref}"
        wanted = [self._label(ref) if ref.kind == "labels" else self._id(ref) for ref in item.links[name]]
        ordered = name == "instance_groups"
        for number in theirs:
            if ordered or number not in wanted:
                self._client.send("POST", path, {"id": number, "disassociate": True}, where)
        for number in wanted:
            if ordered or number not in theirs:
                self._client.send("POST", path, {"id": number}, where)

    def _label(self, ref: Ref) -> int:
        if ref not in self._ids:
            body: Body = {"name": ref.name}
            if ref.scope is not None:
                body["organization"] = self._id(ref.scope)
            self._ids[ref] = int(self._client.send("POST", "labels/", body, str(ref))["id"])
        return self._ids[ref]

    def _id(self, ref: Ref) -> int:
        try:
            return self._ids[ref]
        except KeyError as error:
            raise AwxError(f"{ref} is not there", where=str(ref), reason="Missing", hint="Define it before what names it.") from error

    def _wait_for_project(self, ref: Ref) -> None:
        """Job templates can only name playbooks that AWX has seen, so its first copy of the project has to be there."""
        end = time.monotonic() + self._timeout
        pause = 0.2
        while self._timeout > 0:
            body = self._client.get(f"projects/{self._id(ref)}/")
            status = str(body.get("status"))
            if status == "successful":
                return
            if status in _ENDED:
                hint = "AWX's page of the project has the output of its update: address, branch and credential of the repository."
                raise AwxError(f"its first update ended as {status}", where=str(ref), hint=hint, reason="ProjectFailed")
            if time.monotonic() > end:
                hint = "Does AWX run jobs? Give project_timeout more seconds, or 0 not to wait."
                raise AwxError(
                    f"its first update has not ended after {self._timeout:g} s ({status})", where=str(ref), hint=hint, reason="Timeout"
                )
            if self._cancel.wait(pause):
                return
            pause = min(pause * 2, 5.0)
