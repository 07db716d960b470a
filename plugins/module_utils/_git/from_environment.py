# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What proves who asks, as variables of the system environment: how AWX and other runners of jobs hand credentials over.

    RORO_GIT_URL                 the server that the others are for: https://host, ssh://git@host, or the address of a repository there
    RORO_GIT_USERNAME, RORO_GIT_PASSWORD (or a token), RORO_GIT_PASSWORD_FILE, RORO_GIT_CA_FILE
    RORO_GIT_KEY_FILE, RORO_GIT_KEY_PASSPHRASE, RORO_GIT_KNOWN_HOSTS, RORO_GIT_ACCEPT_HOST

They count for that server alone (scheme, host and port), are weaker than what a command or task says, stronger than what is kept, and
are kept nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .._errors import UsageError
from .._secrets import SecretText
from .addresses import Address, read_address

PREFIX = "RORO_GIT_"
_FILES = ("PASSWORD_FILE", "KEY_FILE", "KNOWN_HOSTS", "CA_FILE")
_NAMES = ("USERNAME", "PASSWORD", "KEY_PASSPHRASE", "ACCEPT_HOST", *_FILES)


@dataclass(frozen=True)
class GivenCredentials:
    """Of one server. files: variable without its prefix, in small letters -> absolute path, "" for none. Other texts: "" for none."""

    user: str = ""
    password: SecretText | None = None
    passphrase: SecretText | None = None
    accept_host: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


def given_credentials(address: Address, environ: Mapping[str, str] | None = None) -> GivenCredentials:
    """What the environment gives for this server; nothing where it is for another one. Empty variables count as not set.

    Raises UsageError where a credential does not say whose it is, and where a file is not there.
    """
    environ = os.environ if environ is None else environ
    said = {name: value for name in _NAMES if (value := environ.get(PREFIX + name, ""))}
    if not said or address.scheme == "file":
        return GivenCredentials()
    if _origin(environ.get(f"{PREFIX}URL", ""), next(iter(said))) != address.origin:
        return GivenCredentials()
    for name in _FILES:
        if name in said and not Path(said[name]).is_file():
            raise UsageError(f"there is no file {said[name]}", where=PREFIX + name, hint="Name one of the machine where this runs.")
    return GivenCredentials(
        user=said.get("USERNAME", ""),
        password=_secret(said.get("PASSWORD")) if address.scheme == "https" else None,
        passphrase=_secret(said.get("KEY_PASSPHRASE")),
        accept_host=said.get("ACCEPT_HOST", "") if address.scheme == "ssh" else "",
        files={name.lower(): str(Path(said[name]).absolute()) if name in said else "" for name in _FILES},
    )


def _origin(url: str, beside: str) -> str:
    """Scheme, host and port. Raises UsageError."""
    if not url:
        raise UsageError(
            f"{PREFIX}{beside} is set, and {PREFIX}URL is not: nobody knows which server it is for",
            hint=f"Set {PREFIX}URL to that server, such as https://git.example.com.",
        )
    whole = url if "://" not in url or urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/any"
    return read_address(whole)[0].origin


def _secret(text: str | None) -> SecretText | None:
    return SecretText(text) if text else None
