# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of repositories: taken apart, so that a password in one never goes any further."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote, unquote, urlsplit

from .._errors import UsageError
from .._secrets import SecretText

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_USER = re.compile(r"[A-Za-z0-9._~+@-]*")
_SHORT = re.compile(r"(?:(?P<user>[^@/:\s]+)@)?(?P<host>[^@/:\s]+|\[[0-9A-Fa-f:.]+\]):(?!//)(?P<path>.+)")
"""`user@host:path`, as scp(1) writes it; a path without a slash at its beginning is below that user's home."""
PORTS = {"https": 443, "ssh": 22}


@dataclass(frozen=True)
class Address:
    """Where a repository is. scheme: `https`, `ssh` or `file`. host: in small letters, "" for a file. port: None for the scheme's own.
    user: "" where none is named. path: as the server is asked for it (ssh: without a slash at its beginning, below the user's home);
    for a file the absolute path here."""

    scheme: str
    host: str
    port: int | None
    user: str
    path: str

    @property
    def url(self) -> str:
        """The address for git and for people; never with a password."""
        if self.scheme == "file":
            return self.path
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        if not self.path.startswith("/"):
            return f"{user}{self.host}:{self.path}"
        return f"{self.scheme}://{user}{self.place}{self.path}"

    @property
    def place(self) -> str:
        """Host and port, as a URL has them."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """What a credential is bound to: scheme, host and port."""
        return f"{self.scheme}://{self.place}"

    @property
    def name(self) -> str:
        """What a clone's folder is called: the last part of the path without `.git`."""
        return PurePath(self.path.rstrip("/")).name.removesuffix(".git")

    def leads_where(self, other: Address) -> bool:
        """Whether both are one repository as far as addresses tell: whoever asks, and with or without `.git` at the end."""
        return (self.scheme, self.host, self.port, _bare_path(self)) == (other.scheme, other.host, other.port, _bare_path(other))


def _bare_path(address: Address) -> str:
    path = os.path.normpath(address.path) if address.scheme == "file" else address.path.rstrip("/")
    return path.removesuffix(".git").rstrip("/")


@dataclass(frozen=True)
class Place:
    """Whom a credential is for, as a person names it. origin: `https://host`, `http://proxy:port`, `file:/path/of/a/key`."""

    origin: str
    name: str
    user: str = ""
    password: SecretText | None = None


def place_of(text: str) -> Place:
    """The place that an address of a server, repository or proxy means, or the file of a private key. Raises UsageError."""
    if text.startswith("http://"):
        return _proxy(text)
    if "://" not in text:
        path = Path(text).expanduser().absolute()
        if not path.is_file():
            raise UsageError(f"{path} is no file", hint="Name a private key, or a server as https://host.")
        return Place(f"file:{path}", path.name)
    # A server alone is no address of a repository; any path makes it one.
    address, password = read_address(text if urlsplit(text).path.strip("/") else f"{text.rstrip('/')}/any")
    if address.scheme != "https":
        raise UsageError(f"no credential is kept for {address.scheme}", hint="For SSH name the private key whose passphrase it is.")
    return Place(address.origin, address.place, address.user, password)


def _proxy(text: str) -> Place:
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        port = None
    host = _host(parts.hostname or "")
    if port is None:
        raise UsageError("a proxy has a port", hint="Write http://host:port. A Git server is reached by https only.")
    password = SecretText(unquote(parts.password)) if parts.password else None
    return Place(f"http://{host}:{port}", f"{host}:{port}", _user(unquote(parts.username or "")), password)


def read_address(text: str, *, below: Path | None = None) -> tuple[Address, SecretText | None]:
    """An address and the password that stood in it, None where there was none. below: where a relative folder of this machine starts;
    the current folder by default. Raises UsageError; its message never has the password."""
    if not text or not text.isprintable() or text.startswith("-") or any(sign.isspace() for sign in text):
        raise UsageError("this is no address of a repository", hint=_WRITTEN)
    scheme, separator, _rest = text.partition("://")
    if separator:
        return _read_url(text, scheme.lower())
    if "::" in text.partition("/")[0]:
        raise UsageError(f"{text.partition('::')[0]}:: starts a program", hint=_WRITTEN)
    short = _SHORT.fullmatch(text)
    if short is None or text.startswith(("/", "./", "../")):
        return Address("file", "", None, "", str((below or Path.cwd()) / text)), None
    return Address("ssh", _host(short["host"]), None, _user(short["user"] or ""), short["path"]), None


_WRITTEN = "Write https://host/group/repository.git, ssh://user@host/path, user@host:path or a folder of this machine."


def _read_url(text: str, scheme: str) -> tuple[Address, SecretText | None]:
    if scheme == "http":
        raise UsageError("http sends everything in plain text", hint="Use https.")
    if scheme == "file":
        return Address("file", "", None, "", unquote(text[len("file://") :])), None
    if scheme not in PORTS:
        raise UsageError(f"the protocol {scheme[:20]!r} is not spoken here", hint=_WRITTEN)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UsageError("the host or the port of this address cannot be read", hint=_WRITTEN) from None
    if parts.query or parts.fragment:
        raise UsageError("an address of a repository has no ? and no #", hint=_WRITTEN)
    if not parts.path.strip("/"):
        raise UsageError("this address names no repository", where=parts.hostname, hint=_WRITTEN)
    host = _host(f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or "")
    password = unquote(parts.password or "")
    if password and scheme == "ssh":
        raise UsageError("ssh takes no password from an address", where=host, hint="Use a key (--key-file), or one that the agent has.")
    if not password.isprintable():
        raise UsageError("the password in this address has a control character", where=host, hint="Give it on standard input instead.")
    address = Address(scheme, host, None if port == PORTS[scheme] else port, _user(unquote(parts.username or "")), _path(parts.path))
    return address, SecretText(password) if password else None


def _path(path: str) -> str:
    """As it stands; one that says a control character in percents is refused, because servers and git's helpers would undo that."""
    if not unquote(path).isprintable():
        raise UsageError("the path of this address has a control character", hint=_WRITTEN)
    return path


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise UsageError("this is no name of a host", hint=_WRITTEN)
    return text.lower()


def _user(text: str) -> str:
    if not _USER.fullmatch(text) or text.startswith("-"):
        raise UsageError("the user in this address has characters that no user has", hint=_WRITTEN)
    return text
