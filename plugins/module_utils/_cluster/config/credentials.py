# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to prove who the user is, each behind the `Credentials` protocol."""

from __future__ import annotations

import base64
import os
import threading
import time
from pathlib import Path
from typing import Any

from ..._errors import ConnectionFailed
from .access import Certificate
from .stamps import Stamps, stamps

TOKEN_FILE_SECONDS = 60.0
"""How long a token read from a file is used before the file is read again in any case, as client-go does."""


class StaticCredentials:
    """A header and a certificate that do not change."""

    def __init__(self, kind: str = "none", *, authorization: str | None = None, certificate: Certificate | None = None) -> None:
        self.kind = kind if kind != "none" or certificate is None else "client certificate"
        self._authorization = authorization
        self._certificate = certificate

    def authorization(self) -> str | None:
        """The Authorization header, or None."""
        return self._authorization

    def certificate(self) -> Certificate | None:
        """The client certificate, or None."""
        return self._certificate

    def renew(self, refused: str | None) -> bool:
        """Nothing to renew."""
        return False


class TokenFileCredentials:
    """A bearer token in a file that somebody else renews: read again when the file was replaced, once a minute, and after a 401.
    fallback: a token to use while the file cannot be read."""

    kind = "token file"

    def __init__(self, path: str, *, fallback: str = "", certificate: Certificate | None = None) -> None:
        self._path = path
        self._token = fallback
        self._certificate = certificate
        self._read_at = float("-inf")
        self._stamps: Stamps = ()
        self._lock = threading.Lock()

    def authorization(self) -> str | None:
        """The token of now. Raises ConnectionFailed when there never was one."""
        with self._lock:
            if time.monotonic() - self._read_at > TOKEN_FILE_SECONDS or stamps((self._path,)) != self._stamps:
                self._read()
            return f"Bearer {self._token}"

    def certificate(self) -> Certificate | None:
        """The client certificate, or None."""
        return self._certificate

    def renew(self, refused: str | None) -> bool:
        """Read the file now; True when it holds another token than the refused one."""
        with self._lock:
            self._read()
            return f"Bearer {self._token}" != refused

    def _read(self) -> None:
        self._stamps = stamps((self._path,))
        try:
            token = Path(self._path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            if self._token:
                return
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise ConnectionFailed(
                f"cannot read the token file: {reason}", where=self._path, hint="Check `tokenFile` and the rights of that file."
            ) from error
        if token:
            self._token = token
            self._read_at = time.monotonic()
        elif not self._token:
            raise ConnectionFailed("the token file is empty", where=self._path, hint="Log in again, or correct `tokenFile`.")


class LegacyProviderCredentials:
    """`auth-provider` of old kubeconfigs (oidc), left to the official client, which knows how to refresh those tokens.

    config: a kubeconfig document with this one context; persist: write a renewed token back to `path`.
    """

    def __init__(self, name: str, config: dict[str, Any], context: str, *, persist: bool, certificate: Certificate | None = None) -> None:
        self.kind = f"auth provider {name}"
        self._config = config
        self._context = context
        self._persist = persist
        self._certificate = certificate
        self._header: str | None = None
        self._lock = threading.Lock()

    def authorization(self) -> str | None:
        """The header that the official client makes. Raises ConnectionFailed."""
        with self._lock:
            if self._header is None:
                self._header = self._load()
            return self._header

    def certificate(self) -> Certificate | None:
        """The client certificate, or None."""
        return self._certificate

    def renew(self, refused: str | None) -> bool:
        """Ask the provider again; True when it gives another token."""
        with self._lock:
            if self._header == refused:
                self._header = self._load()
            return self._header != refused

    def _load(self) -> str:
        hint = "Log in again, or use an exec plugin in the kubeconfig (`kubectl oidc-login`, your cloud's own one)."
        try:
            from kubernetes import client, config
        except ImportError as error:
            raise ConnectionFailed(
                f"the {self.kind} needs the Python library `kubernetes`", hint="Install it: `pip install kubernetes`."
            ) from error
        target = client.Configuration()
        try:
            config.load_kube_config_from_dict(self._config, self._context, target, persist_config=self._persist)
        except Exception as error:  # the official client lets errors of several libraries through
            raise ConnectionFailed(
                f"the {self.kind} failed: {type(error).__name__}", where=f"context {self._context}", hint=hint
            ) from error
        value = (target.auth_settings().get("BearerToken") or {}).get("value")
        if not value:
            raise ConnectionFailed(f"the {self.kind} gave no token", where=f"context {self._context}", hint=hint)
        return str(value)


def basic(username: str, password: str) -> str:
    """The header of HTTP basic authentication, RFC 7617."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def expanded(path: str) -> str:
    """A path with `~` resolved; as it is where nobody knows a home."""
    return os.path.expanduser(path)  # noqa: PTH111 - never raises
