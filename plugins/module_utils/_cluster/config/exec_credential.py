# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credential plugins (`exec` in a kubeconfig user).

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
The plugin never gets a terminal: this engine runs in Ansible workers and in several threads.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..._errors import ConnectionFailed
from .access import Certificate, Pem
from .kubeconfig import text

API_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
TIMEOUT_SECONDS = 60.0
EXPIRY_MARGIN_SECONDS = 10.0
"""A credential that ends sooner than this is asked for again before it is used. One that has ended already when the plugin gives it is used
until the server refuses it: then this machine's clock is ahead, and the plugin would be run for every request."""


@dataclass(frozen=True)
class ExecCredential:
    """What a plugin gave. expires: by time.monotonic, or None for as long as the server takes it."""

    token: str = field(default="", repr=False)
    certificate: Certificate | None = None
    expires: float | None = None


class ExecCredentials:
    """Runs the plugin when a credential is first needed, when it expires, and after a 401.

    plugin: the `exec` mapping of the kubeconfig. cluster: what `provideClusterInfo` tells. fallback: the user's own certificate.
    """

    def __init__(self, plugin: Mapping[str, Any], cluster: Mapping[str, Any], *, where: str, fallback: Certificate | None = None) -> None:
        self.kind = f"exec plugin {Path(text(plugin.get('command'))).name}"
        self._plugin = plugin
        self._cluster = cluster
        self._where = where
        self._fallback = fallback
        self._current: ExecCredential | None = None
        self._lock = threading.Lock()

    def authorization(self) -> str | None:
        """The plugin's token as a header, None when it gave only a certificate. Raises ConnectionFailed."""
        token = self._credential().token
        return f"Bearer {token}" if token else None

    def certificate(self) -> Certificate | None:
        """The plugin's client certificate, else the user's own. Raises ConnectionFailed."""
        return self._credential().certificate or self._fallback

    def renew(self, refused: str | None) -> bool:
        """Run the plugin again, unless another thread just did."""
        with self._lock:
            current = self._current
            if current is None or not current.token or f"Bearer {current.token}" == refused:
                self._current = run_plugin(self._plugin, self._cluster, self._where)
            return True

    def _credential(self) -> ExecCredential:
        with self._lock:
            current = self._current
            if current is None or (current.expires is not None and current.expires - time.monotonic() < EXPIRY_MARGIN_SECONDS):
                current = self._current = run_plugin(self._plugin, self._cluster, self._where)
            return current


def run_plugin(plugin: Mapping[str, Any], cluster: Mapping[str, Any], where: str) -> ExecCredential:
    """Run a plugin once. Raises ConnectionFailed with the plugin's own words and its installHint."""
    command, version = text(plugin.get("command")), text(plugin.get("apiVersion"))
    if not command:
        raise ConnectionFailed("the exec plugin names no command", where=where, hint="Correct `exec.command` in the kubeconfig.")
    if version not in API_VERSIONS:
        raise ConnectionFailed(
            f'the exec plugin\'s apiVersion "{version}" is not supported',
            where=where,
            hint=f"Supported: {', '.join(API_VERSIONS)}. A newer plugin usually speaks one of them.",
        )
    if text(plugin.get("interactiveMode")) == "Always":
        raise ConnectionFailed(
            f"the exec plugin {command} wants a terminal (interactiveMode: Always), and there is none here",
            where=where,
            hint="Log in first in a terminal, and use `interactiveMode: IfAvailable` where the plugin can reuse that login.",
        )
    done = _run(command, plugin, _environment(plugin, cluster, version), where)
    if done.returncode != 0:
        raise ConnectionFailed(
            f"the exec plugin {command} failed with exit code {done.returncode}: {_last_words(done.stderr)}",
            where=where,
            hint=_hint(plugin),
        )
    return read_credential(done.stdout, version, f"{where}: exec plugin {command}")


def read_credential(output: str, version: str, where: str) -> ExecCredential:
    """The ExecCredential that a plugin printed. Raises ConnectionFailed; never shows the output, which holds secrets."""
    try:
        document = json.loads(output)
        status = document["status"]
        found, kind = document.get("apiVersion"), document.get("kind")
        token, certificate, key = (text(status.get(name)) for name in ("token", "clientCertificateData", "clientKeyData"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConnectionFailed("what the plugin printed is no ExecCredential with a status", where=where, hint="Run it by hand.") from error
    if kind != "ExecCredential" or found != version:
        raise ConnectionFailed(
            f'the plugin answered as "{found}" {kind}, the kubeconfig asks for "{version}"',
            where=where,
            hint="Set `exec.apiVersion` in the kubeconfig to what the plugin speaks.",
        )
    if not token and not (certificate and key):
        raise ConnectionFailed("the plugin gave neither a token nor a client certificate with its key", where=where, hint="Log in again.")
    pair = None
    if certificate and key:
        pair = Certificate(Pem("plugin's client certificate", certificate.encode()), Pem("plugin's client key", key.encode()))
    return ExecCredential(token, pair, _expiry(status.get("expirationTimestamp"), where))


def _run(command: str, plugin: Mapping[str, Any], environ: dict[str, str], where: str) -> subprocess.CompletedProcess[str]:
    arguments = [text(argument) for argument in plugin.get("args") or []]
    try:
        return subprocess.run(
            [command, *arguments],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ConnectionFailed(
            f"the exec plugin {command} did not answer within {TIMEOUT_SECONDS:.0f} s",
            where=where,
            hint="It may wait for a login: log in first.",
        ) from error
    except OSError as error:
        raise ConnectionFailed(f"cannot run the exec plugin {command}: {error.strerror}", where=where, hint=_hint(plugin)) from error


def _environment(plugin: Mapping[str, Any], cluster: Mapping[str, Any], version: str) -> dict[str, str]:
    spec: dict[str, Any] = {"interactive": False}
    if text(plugin.get("provideClusterInfo")) == "true":
        spec["cluster"] = dict(cluster)
    info = {"apiVersion": version, "kind": "ExecCredential", "spec": spec}
    extra = {text(row.get("name")): text(row.get("value")) for row in plugin.get("env") or []}
    return {**os.environ, **extra, "KUBERNETES_EXEC_INFO": json.dumps(info)}


def _hint(plugin: Mapping[str, Any]) -> str:
    return text(plugin.get("installHint")).strip() or "Install the plugin or log in again; `kubectl get namespaces` shows the same failure."


def _last_words(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return " / ".join(lines[-3:])[:500] or "it said nothing"


def _expiry(value: object, where: str) -> float | None:
    """See ExecCredential.expires."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ConnectionFailed(
            f'the plugin\'s expirationTimestamp "{value}" is no RFC 3339 time', where=where, hint="Update it."
        ) from error
    left = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - time.time()
    return time.monotonic() + left if left > 0 else None
