# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of awx_definitions: what AWX holds, compared with definitions and brought to them, as a result of Ansible's."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from .._awx import Item, Report, Wishes, bring, find_address, import_file, read_definitions
from .._errors import UsageError
from .._events import Notice, Sink
from .._secrets import SecretText
from .._state import write_private
from .types import Mode, Outcome


def bring_definitions(parameters: Mapping[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """AWX made what the definitions say; only a file for `awx import` where `import_file` is given without an address."""
    items = read_definitions(
        parameters["definitions"],
        organization=parameters.get("organization") or "",
        mark=parameters["mark"],
        secrets=_secret_inputs(parameters.get("secret_inputs") or {}),
    )
    file = parameters.get("import_file")
    written = _write_import_file(Path(file).absolute(), items, check=mode.check) if file else False
    if file and not parameters["apply"]:
        return {"changed": written, "changes": [], "counts": {}, "left": [], "msg": f"{len(items)} definitions are in {file}"}
    address = find_address(_address_options(parameters), os.environ)
    wishes = Wishes(
        mark=parameters["mark"],
        check=mode.check,
        prune=parameters["prune"],
        adopt=parameters["adopt"],
        project_timeout=float(parameters["project_timeout"]),
    )
    report = bring(address, items, wishes, cancel, lambda line: sink(Notice(instance="", level="info", message=line)))
    return {**_outcome(report, mode), "changed": report.changed or written}


def _address_options(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "host": parameters.get("controller_host"),
        "username": parameters.get("controller_username"),
        "password": parameters.get("controller_password"),
        "token": parameters.get("controller_oauthtoken"),
        "validate_certs": parameters.get("validate_certs"),
        "request_timeout": parameters.get("request_timeout"),
        "ca_file": parameters.get("ca_file"),
    }


def _secret_inputs(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    for name, inputs in given.items():
        if not isinstance(inputs, Mapping):
            hint = "secret_inputs is {name: {input: value}}."
            raise UsageError("the inputs of a credential are a dictionary", where=f"secret_inputs.{name}", hint=hint)
    return {
        name: {key: SecretText(value) if isinstance(value, str) else value for key, value in inputs.items()}
        for name, inputs in given.items()
    }


def _write_import_file(file: Path, items: tuple[Item, ...], *, check: bool) -> bool:
    """Whether it is, or would be, another file than before."""
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent}", where="import_file", hint="Make it before.")
    data = json.dumps(import_file(items), indent=1).encode() + b"\n"
    same = file.is_file() and file.read_bytes() == data
    if not same and not check:
        write_private(file, data)
    return not same


def _outcome(report: Report, mode: Mode) -> Outcome:
    changes = [
        {
            "kind": change.ref.kind,
            "name": change.ref.name,
            "in": change.ref.scope.name if change.ref.scope is not None else "",
            "action": change.action,
            "differences": [{"field": d.field, "theirs": d.theirs, "ours": d.ours} for d in change.differences],
            "changed_by": change.by,
            "changed_at": change.at,
        }
        for change in report.changes
        if change.action != "unchanged"
    ]
    counts = dict(Counter(change.action for change in report.changes))
    left = [{"kind": ref.kind, "name": ref.name} for ref in report.left]
    outcome: Outcome = {"changes": changes, "counts": counts, "left": left, "api": report.root, "requests": report.requests}
    outcome["msg"] = "\n".join(_lines(report, mode)) or "AWX has every definition as it is."
    if mode.diff:
        outcome["diff"] = list(_diffs(changes))
    return outcome


def _lines(report: Report, mode: Mode) -> Iterator[str]:
    for change in report.changes:
        if change.action == "unchanged":
            continue
        who = f" (last changed by {change.by}, {change.at})" if change.by and change.action != "create" else ""
        yield f"{'would ' if mode.check else ''}{change.action} {change.ref}{who}"
        for difference in change.differences:
            yield f"  {difference.field}: AWX has {_short(difference.theirs)}, defined is {_short(difference.ours)}"
    for ref in report.left:
        yield f"{ref} is defined no more; prune removes it"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _diffs(changes: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    for change in changes:
        name = f"{change['kind']} {change['name']}"
        before = {d["field"]: d["theirs"] for d in change["differences"]} if change["action"] == "update" else {}
        after = {d["field"]: d["ours"] for d in change["differences"]} if change["action"] == "update" else {}
        if change["action"] in ("create", "delete"):
            there = {"name": change["name"], "kind": change["kind"]}
            before, after = ({}, there) if change["action"] == "create" else (there, {})
        yield {"before_header": name, "after_header": name, "before": _yaml(before), "after": _yaml(after)}


def _yaml(value: Mapping[str, Any]) -> str:
    plain: str = yaml.safe_dump(json.loads(json.dumps(value, default=str)), sort_keys=False, allow_unicode=True) if value else ""
    return plain
