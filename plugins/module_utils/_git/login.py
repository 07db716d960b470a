# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in at GitHub and GitLab by the OAuth device flow (RFC 8628), and refreshing what came of it.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow
https://docs.gitlab.com/api/oauth2/#device-authorization-grant-flow
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

from .._errors import GitError, Interrupted, UsageError
from .._harmless import harmless
from .._secrets import SecretText
from .credentials import Held, Stored, keep_credential, list_credentials, open_credential

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWER = 5.0
"""Seconds that `slow_down` adds to the pause (RFC 8628, 3.5)."""
_ANSWER_BYTES = 1 << 18
_TIMEOUT = 20.0


@dataclass(frozen=True)
class Provider:
    """Where a kind of server has its endpoints, below its address. user: what git gives as the user beside such a token."""

    name: str
    url: str
    device_path: str
    token_path: str
    scope: str
    user: str
    applications: str


PROVIDERS = {
    "github": Provider(
        "github",
        "https://github.com",
        "/login/device/code",
        "/login/oauth/access_token",
        "repo",
        "x-access-token",
        "/settings/applications/new",
    ),
    "gitlab": Provider(
        "gitlab",
        "https://gitlab.com",
        "/oauth/authorize_device",
        "/oauth/token",
        "read_repository write_repository",
        "oauth2",
        "/-/user_settings/applications",
    ),
}


@dataclass(frozen=True)
class Invitation:
    """What a person does to log in: open `address` and type `code`. expires: seconds that are left."""

    address: str
    code: str
    expires: float


def log_in(
    provider: Provider,
    client_id: str,
    *,
    url: str,
    name: str,
    show: Callable[[Invitation], None],
    scope: str | None = None,
    ca_file: Path | None = None,
    cancel: threading.Event | None = None,
) -> Stored:
    """Log in and keep the token under `name`. url: the server's address, with its path where it is not at the root. show: tells the person.

    Raises GitError (`LoginDenied`, `LoginExpired`, `LoginRefused`, `Unreachable`), Interrupted and UsageError.
    """
    url = _checked(url)
    cancel = cancel or threading.Event()
    server = _Server(ca_file)
    begun = server.post(url + provider.device_path, {"client_id": client_id, "scope": provider.scope if scope is None else scope})
    device = begun.get("device_code")
    address, code = begun.get("verification_uri"), begun.get("user_code")
    if not isinstance(device, str) or not isinstance(address, str) or not isinstance(code, str):
        raise _refused(begun, url)
    if urlsplit(address).scheme != "https":
        raise GitError("the server names a page to log in at that is not https", reason="LoginRefused", where=url, hint="Ask who runs it.")
    left = _seconds(begun.get("expires_in"), 900.0)
    show(Invitation(harmless(address), harmless(code), left))
    token_url = url + provider.token_path
    answer = _poll(server, token_url, client_id, device, _seconds(begun.get("interval"), 5.0), left, cancel)
    stored = Stored(
        name=name,
        origin=_origin(url),
        user=provider.user,
        kind="login",
        expires=_expires(answer),
        provider=provider.name,
        token_url=token_url,
        client_id=client_id,
    )
    return keep_credential(stored, _held(answer, token_url))


def refreshed(stored: Stored, *, ca_file: Path | None = None) -> tuple[Stored, Held]:
    """The login with a token that is valid, refreshed at its server where it has expired. Raises GitError `LoginExpired` and others."""
    held = open_credential(stored)
    if not stored.expired or not held.refresh:
        return stored, held
    if _origin(stored.token_url) != stored.origin:
        raise GitError(f"the credential {stored.name} would be refreshed at another server", reason="LoginRefused", hint="Log in again.")
    words = {"grant_type": "refresh_token", "refresh_token": str.__str__(held.refresh), "client_id": stored.client_id}
    answer = _Server(ca_file).post(stored.token_url, words)
    if not answer.get("access_token"):
        other = next((one for one in list_credentials() if one.name == stored.name), stored)
        if not other.expired:  # another roro was faster, and a token for refreshing is good once
            return other, open_credential(other)
        again = f"roro git login {stored.provider}" + ("" if stored.origin == PROVIDERS[stored.provider].url else f" --url {stored.origin}")
        raise GitError(
            f"the login {stored.name} has ended: {_said(answer)}", reason="LoginExpired", where=stored.origin, hint=f"Log in again: {again}"
        )
    new = _held(answer, stored.token_url, or_refresh=held.refresh)
    return keep_credential(Stored(**{**vars(stored), "expires": _expires(answer)}), new), new


def _poll(server: _Server, url: str, client_id: str, device: str, pause: float, left: float, cancel: threading.Event) -> Mapping[str, Any]:
    """Ask for the token until the person has decided (RFC 8628, 3.4 and 3.5). An outage only makes the pauses longer."""
    deadline = time.monotonic() + left
    while True:
        if cancel.wait(min(pause, max(0.0, deadline - time.monotonic()))):
            raise Interrupted("the login was cancelled")
        if time.monotonic() >= deadline:
            raise _expired(url)
        try:
            answer = server.post(url, {"grant_type": GRANT, "device_code": device, "client_id": client_id})
        except GitError as error:
            if error.reason != "Unreachable":
                raise
            pause *= 2
            continue
        if answer.get("access_token"):
            return answer
        match answer.get("error"):
            case "authorization_pending":
                continue
            case "slow_down":
                pause = max(pause + _SLOWER, _seconds(answer.get("interval"), 0.0))
            case "access_denied":
                raise GitError("the login was denied on that page", reason="LoginDenied", where=url, hint="Start again: roro git login")
            case "expired_token":
                raise _expired(url)
            case _:
                raise _refused(answer, url)


class _Server:
    """Asks endpoints over HTTPS. Follows no redirect: what is sent is for this server."""

    def __init__(self, ca_file: Path | None) -> None:
        import urllib3

        trust: dict[str, Any] = {"ca_certs": str(ca_file)} if ca_file is not None else {}
        self._failures = urllib3.exceptions.HTTPError
        self._common = {"cert_reqs": "CERT_REQUIRED", "timeout": _TIMEOUT, "retries": False, **trust}

    def post(self, url: str, words: Mapping[str, str]) -> Mapping[str, Any]:
        """The answer as JSON, also of an error. Raises GitError."""
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = self._pool(url).request("POST", url, body=urlencode(words), headers=headers, redirect=False, preload_content=False)
            data = answer.read(_ANSWER_BYTES)
            answer.release_conn()
        except self._failures as error:
            raise GitError(
                f"the server does not answer: {type(error).__name__}",
                reason="Unreachable",
                where=url,
                hint="Is the address right, its authority trusted (--ca-file)?",
            ) from None
        if answer.status >= 500:
            raise GitError(f"the server answers {answer.status}", reason="Unreachable", where=url, hint="Try again later.")
        try:
            decoded = json.loads(data)
        except ValueError:
            decoded = None
        if not isinstance(decoded, dict):
            raise GitError(
                f"the server answers {answer.status} and no JSON",
                reason="LoginRefused",
                where=url,
                hint="Is this the address of that kind of server?",
            )
        return decoded

    def _pool(self, url: str) -> Any:
        """Through the proxy that `https_proxy` and `no_proxy` name for this server, where they do."""
        import urllib3

        proxy = getproxies().get("https", "")
        if not proxy or proxy_bypass(urlsplit(url).netloc):
            return urllib3.PoolManager(**self._common)
        parts = urlsplit(proxy)
        proof = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}" if parts.username else None
        headers = urllib3.make_headers(proxy_basic_auth=proof)
        return urllib3.ProxyManager(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", proxy_headers=headers, **self._common)


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise UsageError(f"{url!r} is no address of a server", hint="Write https://host, with :port and a path where it has them.")
    return url.rstrip("/")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if parts.port in (None, 443) else f":{parts.port}")


def _held(answer: Mapping[str, Any], url: str, or_refresh: str = "") -> Held:
    token, refresh = answer.get("access_token"), answer.get("refresh_token", or_refresh)
    if not isinstance(token, str) or not token.isprintable():
        raise GitError("the server gave no token", reason="LoginRefused", where=url, hint="Ask who runs it.")
    return Held(SecretText(token), SecretText(refresh if isinstance(refresh, str) else ""))


def _expires(answer: Mapping[str, Any]) -> float:
    seconds = _seconds(answer.get("expires_in"), 0.0)
    return time.time() + seconds if seconds > 0 else 0.0


def _seconds(value: Any, default: float) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9 else default


def _said(answer: Mapping[str, Any]) -> str:
    words = answer.get("error_description") or answer.get("error") or "it says nothing"
    return harmless(str(words))[:300]


def _refused(answer: Mapping[str, Any], url: str) -> GitError:
    hint = "Is the client id right, and the device flow enabled for that application?"
    return GitError(f"the server refuses the login: {_said(answer)}", reason="LoginRefused", where=url, hint=hint)


def _expired(url: str) -> GitError:
    return GitError("the code has expired before it was typed in", reason="LoginExpired", where=url, hint="Start again: roro git login")
