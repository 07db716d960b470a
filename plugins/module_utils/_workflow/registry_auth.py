# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials of registries, for the Secrets with which a cluster pulls images: a variable that documents may name under
`systemEnvironment`, made of what a runner of jobs hands over.

    RORO_REGISTRY_AUTH_FILE      a config.json as `docker login` or `podman login` write it
    RORO_REGISTRY_HOST, RORO_REGISTRY_USERNAME, RORO_REGISTRY_PASSWORD    one registry, stronger than the file's entry for it

The file is read in every run that asks, and nothing of it is kept.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from .._errors import UsageError
from .._secrets import SecretText

NAME = "RORO_REGISTRY_AUTH"
"""What documents name."""
_FILE, _HOST, _USER, _PASSWORD = (f"RORO_REGISTRY_{name}" for name in ("AUTH_FILE", "HOST", "USERNAME", "PASSWORD"))
_DOCKER_HUB = "https://index.docker.io/v1/"
"""The key under which clusters look for what is pulled from docker.io."""
_PROOFS = ("auth", "username", "password", "identitytoken", "registrytoken")


def with_registry_auth(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The system environment, with the variable where one of those that it is made of is set. Asking for it raises UsageError."""
    return _WithAuth(environ) if any(environ.get(name) for name in (NAME, _FILE, _HOST, _PASSWORD)) else environ


class _WithAuth(Mapping[str, str]):
    """Made when it is asked for: most workspaces have no use for it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._auth if name == NAME else self._environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._environ, NAME: ""})

    def __len__(self) -> int:
        return len({**self._environ, NAME: ""})

    @cached_property
    def _auth(self) -> SecretText:
        if given := self._environ.get(NAME):
            return SecretText(given)
        found = _of_file(self._environ[_FILE]) if self._environ.get(_FILE) else {}
        return SecretText(json.dumps({"auths": {**found, **_of_variables(self._environ)}}, sort_keys=True))


def _of_file(path: str) -> dict[str, Any]:
    """Registry -> its entry, as far as the entry proves something."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"the file of registries cannot be read: {error.strerror}", where=f"{_FILE}={path}", hint=_WRITTEN) from error
    except ValueError:
        raise UsageError("the file of registries is no JSON", where=f"{_FILE}={path}", hint=_WRITTEN) from None
    listed = document.get("auths") if isinstance(document, Mapping) else None
    entries = listed.items() if isinstance(listed, Mapping) else ()
    found = {str(name): entry for name, entry in entries if isinstance(entry, Mapping) and any(entry.get(key) for key in _PROOFS)}
    if not found:
        raise UsageError("the file of registries has no credential", where=f"{_FILE}={path}", hint=_WRITTEN)
    return found


_WRITTEN = 'A config.json of Docker has {"auths": {HOST: {"auth": ...}}}; credentials that a helper keeps are not in it.'


def _of_variables(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    host, user, password = (environ.get(name, "") for name in (_HOST, _USER, _PASSWORD))
    if not host and not password:
        return {}
    if not (host and user and password):
        missing = next(name for name, value in ((_HOST, host), (_USER, user), (_PASSWORD, password)) if not value)
        raise UsageError(f"{missing} is not set", hint=f"A registry needs {_HOST}, {_USER} and {_PASSWORD}.")
    key = _DOCKER_HUB if host in ("docker.io", "index.docker.io") else host
    return {key: {"username": user, "password": password, "auth": base64.b64encode(f"{user}:{password}".encode()).decode("ascii")}}
