# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials that are kept: in the OS keyring where there is one (`pip install keyring`), else in a private file; shown by name only.

What is not secret (name, place, user, kind) is in the file in both cases, because a keyring cannot be listed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .._errors import RoroError, UsageError
from .._known_fields import known_fields
from .._secrets import SecretText
from .._state import state_directory
from .private_json import changing, read_json

SERVICE = "roro git"
"""What entries of the keyring are filed under."""
_SOON = 120.0
"""Seconds before its end from which on a token counts as expired."""


@dataclass(frozen=True)
class Stored:
    """A credential without its secret.

    name: what a person calls it. origin: whom it is for: `https://host[:port]`, a proxy `http://host:port`, or the path of a private key
    (`file:/path`), whose passphrase it is. kind: `password`, `token` or `login` (made by the device flow). kept: `keyring` or `file`.
    expires: seconds since 1970, 0 for never. provider, token_url, client_id: where a login is refreshed.
    """

    name: str
    origin: str
    user: str = ""
    kind: str = "password"
    kept: str = "file"
    expires: float = 0.0
    provider: str = ""
    token_url: str = ""
    client_id: str = ""

    @property
    def expired(self) -> bool:
        """Whether it ends within two minutes, or has."""
        return 0 < self.expires < time.time() + _SOON


@dataclass(frozen=True)
class Held:
    """The secret part. refresh: what a login is refreshed with, "" for none."""

    secret: SecretText
    refresh: SecretText = SecretText("")  # noqa: RUF009 - a str


def list_credentials() -> list[Stored]:
    """All that are kept, by name. Raises RoroError."""
    return [_stored(name, record) for name, record in sorted(read_json(_file()).items())]


def find_credential(origin: str, user: str = "") -> Stored | None:
    """The one for a place, and for a user where one is named. Raises RoroError."""
    found = [one for one in list_credentials() if one.origin == origin]
    named = [one for one in found if one.user == user]
    return next(iter(named or ([] if user else found)), None)


def keep_credential(stored: Stored, held: Held) -> Stored:
    """Keep it, in place of one of that name; with where it is kept. Raises RoroError."""
    keyring = _keyring()
    kept = _with(stored, kept="keyring" if keyring is not None else "file")
    secret = {"secret": str.__str__(held.secret), "refresh": str.__str__(held.refresh)}
    with changing(_file()) as records:
        if keyring is not None:
            _told_by_keyring(lambda: keyring.set_password(SERVICE, stored.name, json.dumps(secret)))
        record = {key: value for key, value in asdict(kept).items() if key != "name" and value}
        records[stored.name] = record if keyring is not None else {**record, "held": secret}
    return kept


def remove_credential(name: str) -> Stored:
    """Forget it everywhere. Raises UsageError where there is none of that name, and RoroError."""
    with changing(_file()) as records:
        if name not in records:
            known = ", ".join(sorted(records)) or "none"
            raise UsageError(f"there is no credential {name}", hint=f"Kept are: {known}.")
        stored = _stored(name, records[name])
        keyring = _keyring() if stored.kept == "keyring" else None
        if stored.kept == "keyring" and keyring is None:
            raise RoroError(f"{name} is in the OS keyring, which cannot be reached here", hint="Remove it where it was added.")
        if keyring is not None and _told_by_keyring(lambda: keyring.get_password(SERVICE, name)) is not None:
            _told_by_keyring(lambda: keyring.delete_password(SERVICE, name))
        del records[name]
    return stored


def open_credential(stored: Stored) -> Held:
    """Its secret part. Raises RoroError where it cannot be had."""
    if stored.kept == "keyring":
        keyring = _keyring()
        text = None if keyring is None else _told_by_keyring(lambda: keyring.get_password(SERVICE, stored.name))
        record = None if text is None else json.loads(text)
    else:
        record = read_json(_file()).get(stored.name, {}).get("held")
    if not isinstance(record, Mapping) or not isinstance(record.get("secret"), str):
        raise RoroError(
            f"the secret of the credential {stored.name} cannot be had from the {stored.kept}",
            hint=f"Add it again: roro git credentials add {stored.name}",
        )
    return Held(SecretText(record["secret"]), SecretText(str(record.get("refresh", ""))))


def _file() -> Any:
    return state_directory("git") / "credentials.json"


def _stored(name: str, record: Any) -> Stored:
    if not isinstance(record, Mapping) or not isinstance(record.get("origin"), str):
        raise RoroError(f"{_file()}: {name} has another form than expected", hint="Remove that entry and add it again.")
    return Stored(**known_fields(Stored, {**record, "name": name}))


def _with(stored: Stored, **changes: Any) -> Stored:
    return Stored(**{**asdict(stored), **changes})


def _keyring() -> Any:
    """The library, where it is installed and has a keyring of this system to work with; else None."""
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return None
    backend = keyring.get_keyring()
    usable = not isinstance(backend, (fail.Keyring, null.Keyring)) and backend.priority > 0
    return keyring if usable else None


def _told_by_keyring(ask: Any) -> Any:
    from keyring.errors import KeyringError

    try:
        return ask()
    except KeyringError as error:
        raise RoroError(
            f"the OS keyring does not answer: {type(error).__name__}",
            hint="Unlock it, or set PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring",
        ) from error
