# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake of AWX's API, `/api/v2`, in memory and only as deep as definitions go: it runs no jobs.

What it accepts, fills in and refuses was compared with the API of AWX itself; a real one is not among the tests.

By hand: `python fake_awx_api.py --port 8052` prints the address; the token is `token-of-the-fake`, the user `admin` with
`password-of-the-fake`.
"""

from __future__ import annotations

import argparse
import base64
import copy
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import fake_awx_rules as rules
from fake_awx_tables import FIELDS, LAUNCHED, LINKED, LINKS, TARGETS, UNIQUE, type_of

TOKEN = "token-of-the-fake"
USER, PASSWORD = "admin", "password-of-the-fake"
_STEPS = ("approve", "check", "down", "pushed", "reconcile", "restart", "rollback", "start", "status", "stop", "sync", "up")
PLAYBOOKS = tuple(f"playbooks/{name}.yml" for name in _STEPS)
_HIDDEN = "$encrypted$"
_NOW = "2026-12-01T12:00:00.000000Z"


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status, body)
        self.status, self.body = status, body


@dataclass
class FakeAwx:
    """Everything that it keeps. root: path of the version. writes: method and path of each change. missing: kinds that it is too old for.

    answers: status and body to give once instead of the real answer, by method and path. updates: how often a new project is `pending`.
    """

    root: str = "/api/v2/"
    missing: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    updates: int = 1
    url: str = ""
    playbooks: tuple[str, ...] = PLAYBOOKS
    requests: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    tables: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    links: dict[tuple[str, int, str], list[int]] = field(default_factory=dict)
    surveys: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    secrets: dict[int, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._next = 0
        self.tables = {kind: {} for kind in FIELDS}
        self.insert("organizations", {"name": "Default"})
        self.insert("instance_groups", {"name": "default"})
        for name, kind, inputs in (
            ("Machine", "ssh", [{"id": "username", "label": "Username"}, {"id": "password", "label": "Password", "secret": True}]),
            ("Source Control", "scm", [{"id": "username", "label": "Username"}, {"id": "password", "label": "Password", "secret": True}]),
        ):
            made = self.insert("credential_types", {"name": name, "inputs": {"fields": inputs}})
            made.update(kind=kind, managed=True)

    def insert(self, kind: str, body: dict[str, Any], by: str = USER) -> dict[str, Any]:
        """Put an object there as a person would in AWX."""
        self._next += 1
        defaults = {name: copy.deepcopy(one.get("default")) for name, one in FIELDS[kind].items()}
        made = {"id": self._next, "type": type_of(kind), **defaults, **body, "_by": by}
        self.tables[kind][self._next] = made
        return made

    def named(self, kind: str, name: str) -> dict[str, Any]:
        """The one object of a kind with that name or identifier."""
        return next(body for body in self.tables[kind].values() if name in (body.get("name"), body.get("identifier")))

    def person_changes(self, kind: str, name: str, by: str = "alice", **fields: Any) -> None:
        """What somebody does in AWX's own pages."""
        self.named(kind, name).update(fields, _by=by)

    def answer(self, method: str, path: str, query: list[tuple[str, str]], body: Any) -> tuple[int, Any]:
        """One request, after it was known who asks. Raises Refused."""
        rest = path.removeprefix(self.root).strip("/").split("/")
        if rest == [""]:
            return 200, {
                ("inventory" if kind == "inventories" else kind): f"{self.root}{kind}/" for kind in FIELDS if kind not in self.missing
            }
        kind = rest[0]
        if kind in ("me", "ping", "config"):
            return 200, {"results": [{"id": 1, "username": USER}], "count": 1} if kind == "me" else {"version": "24.6.1"}
        if kind not in FIELDS or kind in self.missing:
            raise Refused(404, {"detail": "The requested resource could not be found."})
        if len(rest) == 1:
            return self._list(method, kind, query, body)
        number = int(rest[1]) if rest[1].isdigit() else 0
        if number not in self.tables[kind]:
            raise Refused(404, {"detail": "Not found."})
        if len(rest) == 2:
            return self._detail(method, kind, number, body)
        return self._related(method, kind, number, rest[2], query, body)

    def _list(self, method: str, kind: str, query: list[tuple[str, str]], body: Any) -> tuple[int, Any]:
        if method == "OPTIONS":
            return 200, self._options(kind)
        if method == "GET":
            return 200, self._page(kind, list(self.tables[kind].values()), query, f"{self.root}{kind}/")
        if kind in self.forbidden:
            raise Refused(403, {"detail": "You do not have permission to perform this action."})
        return 201, self.shown(kind, self._create(kind, body))

    def _options(self, kind: str, without: tuple[str, ...] = ()) -> dict[str, Any]:
        fields = {name: one for name, one in FIELDS[kind].items() if name not in without}
        actions = {"GET": {name: {**one, "filterable": True} for name, one in fields.items()}}
        needed = {"job_templates": "projects", "inventory_sources": "inventories"}.get(kind)
        if kind not in self.forbidden and (needed is None or self.tables[needed]):
            actions["POST"] = fields
        return {"name": kind, "description": "", "actions": actions, "search_fields": ["description", "name"], "types": [type_of(kind)]}

    def _create(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        for name, one in FIELDS[kind].items():
            if one["required"] and body.get(name) in (None, ""):
                raise Refused(400, {name: ["This field is required."]})
        known = {name: value for name, value in body.items() if name in FIELDS[kind]}
        self._check(kind, {}, known)
        made = self.insert(kind, known)
        self._settle(kind, made)
        return made

    def _detail(self, method: str, kind: str, number: int, body: Any) -> tuple[int, Any]:
        stored = self.tables[kind][number]
        if method == "OPTIONS":
            return 200, self._options(kind)
        if method == "GET":
            if kind == "projects" and stored.get("_updates", 0) > 0:
                stored["_updates"] -= 1
            return 200, self.shown(kind, stored)
        if method == "DELETE":
            self._delete(kind, number)
            return 204, None
        if stored.get("managed"):
            raise Refused(403, {"detail": f"Modifications not allowed for managed {kind}"})
        if method == "PUT":
            for name, one in FIELDS[kind].items():
                if one["required"] and body.get(name) in (None, ""):
                    raise Refused(400, {name: ["This field is required."]})
        known = {name: value for name, value in body.items() if name in FIELDS[kind]}
        self._check(kind, stored, known)
        stored.update(known, _by=USER)
        self._settle(kind, stored)
        return 200, self.shown(kind, stored)

    def _delete(self, kind: str, number: int) -> None:
        del self.tables[kind][number]
        for inner in ("inventory_sources", "workflow_job_template_nodes", "schedules"):
            scope = UNIQUE[inner][0]
            if TARGETS[scope] in (kind, "*"):
                for one in [one for one, body in self.tables[inner].items() if body.get(scope) == number]:
                    self._delete(inner, one)
        for key, numbers in list(self.links.items()):
            if key[:2] == (kind, number):
                del self.links[key]
            elif LINKS[key[2]] == kind and number in numbers:
                numbers.remove(number)

    def _check(self, kind: str, stored: dict[str, Any], new: dict[str, Any]) -> None:
        for name, value in new.items():
            if refusal := rules.wrong_type(name, FIELDS[kind][name], value):
                raise Refused(400, refusal)
            if FIELDS[kind][name]["type"] == "id" and value is not None and self._target(name, int(value)) is None:
                raise Refused(400, {name: [f'Invalid pk "{value}" - object does not exist.']})
        whole = {**stored, **new}
        if kind == "credential_types" and (refusal := rules.credential_type(whole)):
            raise Refused(400, refusal)
        if kind == "credentials":
            self._check_credential(whole)
        if kind == "job_templates":
            self._check_template(whole)
        if kind == "schedules":
            self._check_schedule(whole)
        key = {name: whole.get(name) for name in UNIQUE.get(kind, ())}
        if kind == "job_templates" and whole.get("project") in self.tables["projects"]:
            key["organization"] = self.tables["projects"][whole["project"]].get("organization")
        for other in self.tables[kind].values():
            if (
                key
                and other["id"] != stored.get("id")
                and all(other.get(name) == value for name, value in key.items())
                and None not in key.values()
            ):
                raise Refused(400, {"__all__": [f"{type_of(kind)} with this ({', '.join(key)}) combination already exists."]})

    def _check_credential(self, whole: dict[str, Any]) -> None:
        if all(whole.get(owner) is None for owner in ("organization", "user", "team")):
            raise Refused(400, {"detail": ["Missing 'user', 'team', or 'organization'."]})
        fields = {one["id"] for one in self.tables["credential_types"][int(whole["credential_type"])]["inputs"].get("fields", [])}
        if unknown := set(whole.get("inputs") or {}) - fields:
            raise Refused(400, {"inputs": {name: ["Additional properties are not allowed"] for name in sorted(unknown)}})

    def _check_template(self, whole: dict[str, Any]) -> None:
        if whole.get("project") is None:
            raise Refused(400, {"project": ["This field is required."]})
        project = self.tables["projects"][int(whole["project"])]
        playbooks = self.playbooks if project.get("_updates", 0) <= 0 else ()
        if not whole.get("playbook"):
            raise Refused(400, {"playbook": ["Must select playbook for project."]})
        if not project.get("allow_override") and whole["playbook"] not in playbooks:
            raise Refused(400, {"playbook": ["Playbook not found for project."]})
        if whole.get("inventory") is None and not whole.get("ask_inventory_on_launch"):
            raise Refused(400, {"inventory": ["You must either set a default value or ask to prompt on launch."]})

    def _check_schedule(self, whole: dict[str, Any]) -> None:
        rule = str(whole["rrule"])
        if not re.match(r"DTSTART(;TZID=[\w/]+)?:\d{8}T\d{6}Z?(\s|$)", rule):
            raise Refused(400, {"rrule": ["Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ"]})
        if "RRULE:" not in rule:
            raise Refused(400, {"rrule": ["One or more rule required in rrule."]})
        if "INTERVAL=" not in rule:
            raise Refused(400, {"rrule": ["INTERVAL required in rrule."]})
        if "SECONDLY" in rule:
            raise Refused(400, {"rrule": ["SECONDLY is not supported."]})

    def _settle(self, kind: str, stored: dict[str, Any]) -> None:
        """What the server makes of what it was given."""
        for name, one in FIELDS[kind].items():
            if one["type"] in ("integer", "id") and isinstance(stored.get(name), str):
                stored[name] = int(stored[name])
            if one["type"] == "boolean" and stored.get(name) in ("true", "false"):
                stored[name] = stored[name] == "true"
        if kind == "job_templates":
            stored["organization"] = self.tables["projects"][stored["project"]].get("organization")
        if kind == "projects" and "_updates" not in stored:
            stored["_updates"] = self.updates if stored.get("scm_type") else 0
        if kind == "workflow_job_template_nodes" and not stored.get("identifier"):
            stored["identifier"] = f"node-{stored['id']}"
        hidden = {"credentials": "inputs", "notification_templates": "notification_configuration"}.get(kind)
        if hidden:
            kept = self.secrets.setdefault(stored["id"], {})
            secret = self._secret_names(kind, stored)
            stored[hidden] = {
                name: kept.setdefault(name, value) if value == _HIDDEN else value for name, value in (stored.get(hidden) or {}).items()
            }
            kept.update({name: value for name, value in stored[hidden].items() if name in secret and value != _HIDDEN})

    def _secret_names(self, kind: str, stored: dict[str, Any]) -> set[str]:
        if kind == "notification_templates":
            return {"token", "password"}
        fields = self.tables["credential_types"][stored["credential_type"]]["inputs"].get("fields", [])
        return {one["id"] for one in fields if one.get("secret")}

    def _target(self, name: str, number: int) -> tuple[str, dict[str, Any]] | None:
        kinds = LAUNCHED if TARGETS[name] == "*" else (TARGETS[name],)
        return next(((kind, self.tables[kind][number]) for kind in kinds if number in self.tables.get(kind, {})), None)

    def shown(self, kind: str, stored: dict[str, Any]) -> dict[str, Any]:
        """The object as it is answered."""
        number, base = stored["id"], f"{self.root}{kind}/{stored['id']}/"
        body = {name: copy.deepcopy(value) for name, value in stored.items() if not name.startswith("_")}
        related = {name: f"{base}{name}/" for name in LINKED.get(kind, ())}
        summary: dict[str, Any] = {"modified_by": {"id": 1, "username": stored.get("_by", USER)}}
        for name in [name for name in FIELDS[kind] if FIELDS[kind][name]["type"] == "id"] + (
            ["organization"] if kind == "job_templates" else []
        ):
            found = self._target(name, stored[name]) if stored.get(name) is not None else None
            if found:
                related[name] = f"{self.root}{found[0]}/{found[1]['id']}/"
                summary[name] = {"id": found[1]["id"], "name": found[1].get("name"), "description": found[1].get("description", "")}
                if TARGETS[name] == "*":
                    summary[name]["unified_job_type"] = LAUNCHED[found[0]]
                    summary[name].update({"timeout": found[1]["timeout"]} if found[0] == "workflow_approval_templates" else {})
        if kind in ("job_templates", "workflow_job_templates"):
            related["survey_spec"] = f"{base}survey_spec/"
        if kind == "job_templates":
            summary["credentials"] = [self.tables["credentials"][one] for one in self.links.get((kind, number, "credentials"), [])]
        if kind == "workflow_job_templates":
            related["workflow_nodes"] = f"{base}workflow_nodes/"
        if kind == "workflow_job_template_nodes":
            related["create_approval_template"] = f"{base}create_approval_template/"
            body.update(
                {name: list(self.links.get((kind, number, name), [])) for name in ("success_nodes", "failure_nodes", "always_nodes")}
            )
        if kind == "projects":
            body["status"] = "pending" if stored.get("_updates", 0) > 0 else "successful" if stored.get("scm_type") else "ok"
        hidden = {"credentials": "inputs", "notification_templates": "notification_configuration"}.get(kind)
        if hidden:
            secret = self._secret_names(kind, stored)
            body[hidden] = {name: _HIDDEN if name in secret and value else value for name, value in body[hidden].items()}
        return {**body, "url": base, "related": related, "summary_fields": summary, "created": _NOW, "modified": _NOW}

    def _page(self, kind: str, bodies: list[dict[str, Any]], query: list[tuple[str, str]], path: str) -> dict[str, Any]:
        page, size, chosen, either = 1, 25, bodies, []
        for name, value in query:
            if name == "page":
                page = int(value)
            elif name == "page_size":
                size = min(int(value), 200)
            elif name in ("order_by", "search"):
                continue
            elif name.startswith("or__"):
                either.append((name.removeprefix("or__"), value))
            else:
                chosen = [body for body in chosen if self._fits(kind, body, name, value)]
        if either:
            chosen = [body for body in chosen if any(self._fits(kind, body, name, value) for name, value in either)]
        start = (page - 1) * size
        if page > 1 and start >= len(chosen):
            raise Refused(404, {"detail": "Invalid page."})
        rest = "&".join(f"{name}={value}" for name, value in query if name != "page")
        following = f"{path}?{rest}{'&' if rest else ''}page={page + 1}" if start + size < len(chosen) else None
        return {
            "count": len(chosen),
            "next": following,
            "previous": None,
            "results": [self.shown(kind, body) for body in chosen[start : start + size]],
        }

    def _fits(self, kind: str, body: dict[str, Any], name: str, value: str) -> bool:
        base, _, way = name.partition("__")
        if base not in FIELDS[kind] and base not in ("id", "organization", "name"):
            raise Refused(400, {"detail": f"{type_of(kind)} has no field named '{base}'"})
        held = body.get(base)
        if way == "icontains":
            return value.lower() in str(held or "").lower()
        return str(held) == value if held is not None else False

    def _related(self, method: str, kind: str, number: int, name: str, query: list[tuple[str, str]], body: Any) -> tuple[int, Any]:
        path = f"{self.root}{kind}/{number}/{name}/"
        if name == "survey_spec" and kind in ("job_templates", "workflow_job_templates"):
            return self._survey(method, kind, number, body)
        if name == "workflow_nodes" and kind == "workflow_job_templates":
            if method == "OPTIONS":
                return 200, self._options("workflow_job_template_nodes", ("workflow_job_template",))
            if method == "POST":
                made = self._create("workflow_job_template_nodes", {**body, "workflow_job_template": number})
                return 201, self.shown("workflow_job_template_nodes", made)
            nodes = [one for one in self.tables["workflow_job_template_nodes"].values() if one["workflow_job_template"] == number]
            return 200, self._page("workflow_job_template_nodes", nodes, query, path)
        if name == "create_approval_template" and kind == "workflow_job_template_nodes":
            if method == "OPTIONS":
                return 200, self._options("workflow_approval_templates")
            if method != "POST":
                raise Refused(405, {"detail": f'Method "{method}" not allowed.'})
            made = self._create("workflow_approval_templates", body)
            self.tables[kind][number]["unified_job_template"] = made["id"]
            return 201, self.shown("workflow_approval_templates", made)
        if name in LINKED.get(kind, ()):
            return self._linked(method, kind, number, name, query, body, path)
        raise Refused(404, {"detail": "Not found."})

    def _survey(self, method: str, kind: str, number: int, body: Any) -> tuple[int, Any]:
        key = (kind, number)
        if method == "OPTIONS":
            return 200, {"name": "survey", "description": "", "actions": {"POST": {}}}
        if method == "DELETE":
            self.surveys.pop(key, None)
        elif method == "POST":
            new = copy.deepcopy(body)
            if refusal := rules.survey(new, self.surveys.get(key, {})):
                raise Refused(400, refusal)
            self.surveys[key] = new
        else:
            shown = copy.deepcopy(self.surveys.get(key, {}))
            for question in shown.get("spec", []):
                if question["type"] == "password" and question.get("default"):
                    question["default"] = _HIDDEN
            return 200, shown
        return 200, None

    def _linked(
        self, method: str, kind: str, number: int, name: str, query: list[tuple[str, str]], body: Any, path: str
    ) -> tuple[int, Any]:
        target = LINKS[name]
        numbers = self.links.setdefault((kind, number, name), [])
        if method == "OPTIONS":
            options = self._options(target)
            options["actions"]["POST"] = {**FIELDS[target], "id": {"type": "integer", "required": False, "label": "id", "read_only": False}}
            return 200, options
        if method == "GET":
            return 200, self._page(target, [self.tables[target][one] for one in numbers], query, path)
        if "id" not in body:
            body = {"id": self._create(target, body)["id"]}
        one = int(body["id"])
        if one not in self.tables[target]:
            raise Refused(400, {"id": [f"No {type_of(target)} {one}"]})
        if body.get("disassociate"):
            if one in numbers:
                numbers.remove(one)
        elif one not in numbers:
            if name == "credentials":
                self._one_of_a_type(numbers, one)
            numbers.append(one)
        return 204, None

    def _one_of_a_type(self, numbers: list[int], new: int) -> None:
        types = [self.tables["credentials"][one]["credential_type"] for one in numbers]
        if self.tables["credentials"][new]["credential_type"] in types:
            raise Refused(400, {"error": "Cannot assign multiple credentials of this type."})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeAwx

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(length)
        self.fake.requests.append(f"{self.command} {self.path}")
        try:
            status, body = self._answer(parts.path, parse_qsl(parts.query), json.loads(data) if data else {})
        except Refused as error:
            status, body = error.status, error.body
        if self.command not in ("GET", "OPTIONS") and status < 400:
            self.fake.writes.append(f"{self.command} {parts.path}")
        text = b"" if status == 204 else json.dumps(body if body is not None else "").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Allow", "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _answer(self, path: str, query: list[tuple[str, str]], body: Any) -> tuple[int, Any]:
        given = self.fake.answers.pop(f"{self.command} {path}", None)
        if given:
            return given
        base = self.fake.root.removesuffix("v2/")
        if path == "/api/" and base != "/api/":
            return 200, {"apis": {"gateway": "/api/gateway/", "controller": base}}
        if path == base:
            return 200, {"current_version": self.fake.root, "available_versions": {"v2": self.fake.root}}
        if not path.startswith(self.fake.root):
            raise Refused(404, {"detail": "Not found."})
        if path != self.fake.root and not self._known():
            raise Refused(401, {"detail": "Authentication credentials were not provided. To establish a login session, visit /api/login/."})
        return self.fake.answer(self.command, path, query, body)

    def _known(self) -> bool:
        kind, _, word = (self.headers.get("Authorization") or "").partition(" ")
        return (kind == "Bearer" and word == TOKEN) or (kind == "Basic" and base64.b64decode(word).decode() == f"{USER}:{PASSWORD}")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def serve(fake: FakeAwx, port: int = 0) -> Iterator[FakeAwx]:
    """The fake behind a port of this machine, named in its `url`."""
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--gateway", action="store_true", help="behind the prefix of the Automation Platform")
    options = parser.parse_args()
    with serve(FakeAwx(root="/api/controller/v2/" if options.gateway else "/api/v2/"), options.port) as fake:
        print(fake.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
