# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API of AWX over HTTP: where it is below a server, pages of a list, and what a refusal says.

awxkit, AWX's own client, is not used: its import overwrites everything at each run and always reports a change, compares nothing, removes
nothing and logs a refusal as one text; and it would be one more package in the execution environment. urllib3 is there already.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from .._errors import AwxError, Problem
from .._version import VERSION
from .address import Address

Body = dict[str, Any]

_TRIES = 4
_LATER = (429, 502, 503, 504)
_NAMES_AT_ONCE = 40
_MAX_ANSWER = 64 << 20


class Client:
    """One server's API. `requests` counts what was sent."""

    def __init__(self, address: Address, *, pause: Callable[[float], Any] = time.sleep) -> None:
        """pause: waits so many seconds between two tries."""
        self._address = address
        self._pause = pause
        self._pool = _pool(address)
        self._root = ""
        self._fields: dict[str, frozenset[str]] = {}
        self.requests = 0

    def root(self) -> str:
        """Path of the version's root, such as `/api/v2/`, or `/api/controller/v2/` behind the gateway of the Automation Platform.

        Raises AwxError where the server has no such API.
        """
        if not self._root:
            self._root = self._find_root()
        return self._root

    def get(self, path: str, query: Iterable[tuple[str, str]] = ()) -> Body:
        """One document; `path` is below the root, or absolute."""
        query = list(query)
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path)

    def find(self, path: str, names: Iterable[str], field: str = "name", query: Iterable[tuple[str, str]] = ()) -> list[Body]:
        """The objects of a list that have one of the names, in a few requests for all of them."""
        wanted = sorted(set(names))
        found: list[Body] = []
        for start in range(0, len(wanted), _NAMES_AT_ONCE):
            part = wanted[start : start + _NAMES_AT_ONCE]
            found += self.every(path, [*query, *((f"or__{field}", name) for name in part)])
        return found

    def every(self, path: str, query: Iterable[tuple[str, str]] = ()) -> list[Body]:
        """All objects of a list, page by page."""
        page = self.get(path, [*query, ("page_size", "200")])
        found: list[Body] = list(page.get("results") or [])
        while page.get("next"):
            page = self.get(_only_path(page["next"]))
            found += page.get("results") or []
        return found

    def known_fields(self, path: str) -> frozenset[str]:
        """Names of the fields that objects of this list have; empty where the server does not say.

        Those that can be given when one is made, or else those that can be read: AWX leaves the former out where nothing is there yet that
        one could be made for (job templates without a project).
        """
        if path not in self._fields:
            actions = self._ask("OPTIONS", path).get("actions") or {}
            self._fields[path] = frozenset(actions.get("POST") or actions.get("GET") or {})
        return self._fields[path]

    def send(self, method: str, path: str, body: Mapping[str, Any] | None, where: str) -> Body:
        """Change something. where: the object, for the error that says what the server refused, field by field."""
        return self._ask(method, path, body, where)

    def _find_root(self) -> str:
        if self._address.prefix:
            return self._version(f"/api/{self._address.prefix}/")
        first = self._ask("GET", "/api/")
        apis = first.get("apis")
        if isinstance(apis, dict):
            if not isinstance(apis.get("controller"), str):
                raise AwxError("this gateway has no automation controller", where=self._address.url, reason="NoApi")
            return self._version(_only_path(apis["controller"]))
        return self._version("/api/", first)

    def _version(self, path: str, document: Body | None = None) -> str:
        versions = (document or self._ask("GET", path)).get("available_versions")
        if not isinstance(versions, dict) or "v2" not in versions:
            hint = "roro.kube needs the API v2 of AWX, or of Automation Controller."
            raise AwxError(
                "this server does not serve version 2 of AWX's API", where=f"{self._address.url}{path}", hint=hint, reason="NoApi"
            )
        return _only_path(str(versions["v2"]))

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, where: str = "") -> Body:
        absolute = path if path.startswith("/") else self.root() + path
        data = None if body is None else json.dumps(body).encode()
        response = self._exchange(method, absolute, data)
        if response.status in (301, 302, 303, 307, 308):
            hint = "Give the address that it names, with its scheme; credentials are not sent on."
            raise AwxError("AWX sends elsewhere", where=f"{self._address.url}{absolute}", hint=hint, reason="Redirected")
        answer = _decoded(response.data)
        if response.status >= 400:
            self._refused(method, absolute, response.status, answer, where)
        if response.status == 204 or (method != "GET" and response.data in (b"", b'""', b"null")):
            return {}
        if not isinstance(answer, dict):
            hint = "Is this the address of AWX, and not of something in front of it?"
            raise AwxError("the answer is not that of an API", where=f"{self._address.url}{absolute}", hint=hint, reason="NoApi")
        return answer

    def _exchange(self, method: str, path: str, data: bytes | None) -> urllib3.BaseHTTPResponse:
        for attempt in range(1, _TRIES + 1):
            last = attempt == _TRIES
            self.requests += 1
            try:
                response = self._pool.request(
                    method,
                    self._address.url + path,
                    body=data,
                    headers=self._headers(),
                    retries=False,
                    redirect=False,
                    timeout=self._address.timeout,
                )
            except urllib3.exceptions.SSLError as error:
                hint = "Give ca_file, or CONTROLLER_VERIFY_SSL=false for a server whose certificate nobody knows."
                raise AwxError(
                    f"AWX's certificate is not trusted: {error}", where=self._address.url, hint=hint, reason="Untrusted"
                ) from error
            except urllib3.exceptions.HTTPError as error:
                if last or method not in ("GET", "OPTIONS"):
                    hint = "Is the address right, and does AWX run?"
                    raise AwxError(f"AWX cannot be reached: {error}", where=self._address.url, hint=hint, reason="Unreachable") from error
                self._pause(attempt)
                continue
            if response.status not in _LATER or last or (method not in ("GET", "OPTIONS") and response.status not in (429, 503)):
                return response
            self._pause(_seconds(response.headers.get("Retry-After"), attempt))
        raise AssertionError("the last try returns or raises")

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": f"roro.kube/{VERSION}"}
        if self._address.token:
            headers["Authorization"] = f"Bearer {str.__str__(self._address.token)}"
        elif self._address.password:
            headers.update(urllib3.make_headers(basic_auth=f"{self._address.username}:{str.__str__(self._address.password)}"))
        return headers

    def _refused(self, method: str, path: str, status: int, answer: Any, where: str) -> NoReturn:
        place = where or f"{self._address.url}{path}"
        detail = answer.get("detail") if isinstance(answer, dict) else None
        if status == 401:
            hint = "Is the token, or the name and password, right and of this server, and not expired?"
            raise AwxError("AWX does not know who asks", where=self._address.url, hint=hint, reason="Unauthorized")
        if status == 403:
            raise AwxError(
                f"AWX forbids it: {detail or 'no permission'}",
                where=place,
                hint="Ask for the rights, or for another token.",
                reason="Forbidden",
            )
        if status == 404:
            hint = "Is this the address of AWX, and is it new enough to have this?"
            raise AwxError(f"AWX has nothing at {path}", where=place, hint=hint, reason="NotFound")
        if status == 400 and isinstance(answer, dict) and answer:
            raise AwxError.of_problems([Problem(text, place, None, "Refused") for text in _messages(answer)], "Refused")
        words = "; ".join(_messages(answer)) if isinstance(answer, dict) else ""
        raise AwxError(
            f"AWX answered {status} to {method}{': ' + words if words else ''}",
            where=place,
            reason="Refused" if status < 500 else "ServerError",
        )


def _messages(answer: Any, path: str = "") -> list[str]:
    """`{field: [messages]}` at any depth, as `field: message`."""
    if isinstance(answer, dict):
        return [text for name, value in answer.items() for text in _messages(value, f"{path}.{name}".lstrip("."))]
    if isinstance(answer, list):
        return [text for value in answer for text in _messages(value, path)]
    plain = path in ("", "detail", "error", "__all__", "non_field_errors")
    return [f"{answer}" if plain else f"{path}: {answer}"]


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data[:_MAX_ANSWER]) if data else None
    except ValueError:
        return None


def _only_path(url: str) -> str:
    """Path and query: a server behind a proxy may name itself wrongly, and nothing is sent to another one."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _seconds(text: str | None, attempt: int) -> float:
    return min(float(text), 30.0) if text and text.isdigit() else float(attempt)


def _pool(address: Address) -> urllib3.PoolManager:
    tls: dict[str, Any] = {"cert_reqs": "CERT_REQUIRED" if address.verify else "CERT_NONE"}
    if address.ca_file:
        tls["ca_certs"] = address.ca_file
    if not address.verify:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    parts = urlsplit(address.url)
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy if "://" in proxy else f"http://{proxy}", **tls)
    return urllib3.PoolManager(**tls)
