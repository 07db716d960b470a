# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server is reached: what proves who asks, whom to trust, and the private folder that git and ssh take it from while they run.

Secrets are in 0600 files of that folder and nowhere else: git and ssh ask a script for them (GIT_ASKPASS, SSH_ASKPASS), which answers
exactly the questions that they ask for the one server that the secret is for.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote, urlsplit

from .._errors import UsageError
from .._secrets import Secrets, SecretText
from .._state import runtime_directory, state_directory, write_private
from .addresses import Address
from .environment import REMOTE_PROTOCOLS, Settings

CONNECT_SECONDS = 20
_SLOW_BYTES, _SLOW_SECONDS = 1000, 60
"""A transfer that is slower than so many bytes a second for so long is given up."""


@dataclass(frozen=True)
class Credential:
    """Proves who asks, at one place. origin: `https://host[:port]` or `ssh://host[:port]`; it is never sent anywhere else.

    secret: a password or token; for SSH a password."""

    origin: str
    user: str
    secret: SecretText


@dataclass(frozen=True)
class Access:
    """How a server is reached. Everything may be left out.

    key_file, passphrase: an SSH key; without it those of the agent and of ~/.ssh. known_hosts: more files of known host keys.
    ca_file: whom to trust beside nothing else. client_certificate, client_key (PEM files), client_key_passphrase: for servers that ask for
    one. proxy: `http://[user@]host:port`, with its password beside it. files: repositories on this machine's disk are allowed.
    helpers: Git's own credential helpers are asked.
    """

    credential: Credential | None = None
    key_file: Path | None = None
    passphrase: SecretText | None = None
    known_hosts: tuple[Path, ...] = ()
    ca_file: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    client_key_passphrase: SecretText | None = None
    proxy: str | None = None
    proxy_password: SecretText | None = None
    files: bool = False
    helpers: tuple[str, ...] = ()

    def with_password(self, address: Address, password: SecretText | None) -> Access:
        """The same with the password that stood in an address."""
        return self if password is None else replace(self, credential=Credential(address.origin, address.user, password))

    @property
    def secrets(self) -> Secrets:
        """What must not be shown."""
        held = (self.credential and self.credential.secret, self.passphrase, self.client_key_passphrase, self.proxy_password)
        return Secrets([secret for secret in held if secret])


@dataclass(frozen=True)
class Prepared:
    """What one git is given: its variables, settings and protocols."""

    variables: dict[str, str]
    settings: Settings
    protocols: tuple[str, ...]


@contextmanager
def prepared(address: Address, access: Access) -> Iterator[Prepared]:
    """Everything in place for as long as git runs; taken away afterwards. Raises UsageError and RoroError."""
    if address.scheme == "file" and not access.files:
        raise UsageError("repositories on this machine's disk are not allowed here", where=address.url)
    base = runtime_directory("git")
    _sweep(base)
    folder = Path(mkdtemp(prefix=f"{os.getpid()}-", dir=base))
    try:
        answers = _answers(address, access)
        script = _askpass(folder, answers)
        variables = {"GIT_ASKPASS": str(script), "SSH_ASKPASS": str(script)} if answers else {}
        if address.scheme == "ssh":
            variables |= _ssh(access, folder, asks=bool(answers))
        protocols = (*REMOTE_PROTOCOLS, "file") if address.scheme == "file" else (address.scheme,)
        yield Prepared(variables, _http(access) if address.scheme == "https" else (), protocols)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def known_hosts_file() -> Path:
    """The host keys that were accepted through roro. Raises RoroError."""
    return state_directory("git") / "known_hosts"


def _sweep(base: Path) -> None:
    """Take away what a process that was killed has left."""
    for folder in base.glob("*-*"):
        number = folder.name.partition("-")[0]
        if number.isdigit() and not _runs(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _answers(address: Address, access: Access) -> dict[str, SecretText]:
    """Question of git or ssh -> answer (builtin texts of `credential_ask_one` in git's credential.c and of OpenSSH's sshconnect2.c)."""
    found: dict[str, SecretText] = {}
    credential = access.credential
    if credential is not None and credential.origin == address.origin and address.scheme == "https":
        user = credential.user or address.user or "git"
        found[f"Username for 'https://{address.place}': "] = SecretText(user)
        for name in {user, quote(user, safe=""), quote(user)}:
            found[f"Password for 'https://{name}@{address.place}': "] = credential.secret
    if credential is not None and credential.origin == address.origin and address.scheme == "ssh":
        login = f"{credential.user or address.user}@{address.host}"
        found |= {f"{login}'s password: ": credential.secret, f"({login}) Password: ": credential.secret}
    if access.key_file is not None and access.passphrase:
        found[f"Enter passphrase for key '{access.key_file}': "] = access.passphrase
    if access.client_key_passphrase:
        found[f"Password for 'cert://{quote(str(access.client_certificate or ''), safe='/')}': "] = access.client_key_passphrase
        found[f"Password for 'cert:///{quote(str(access.client_certificate or ''), safe='')}': "] = access.client_key_passphrase
    if access.proxy and access.proxy_password:
        parts = urlsplit(access.proxy)
        place = parts.netloc.rpartition("@")[2]
        for name in {parts.username or "", quote(parts.username or "", safe="")}:
            found[f"Password for '{parts.scheme}://{name}@{place}': "] = access.proxy_password
            found[f"Password for '{parts.scheme}://{name}@{parts.hostname}': "] = access.proxy_password
    return found


def _askpass(folder: Path, answers: dict[str, SecretText]) -> Path:
    """A script that answers these questions from files beside it, and no other. There is no secret in the script."""
    lines = ["#!/bin/sh", 'case "$1" in']
    for number, (question, answer) in enumerate(answers.items()):
        write_private(folder / str(number), str.__str__(answer).encode() + b"\n")
        lines.append(f"{shlex.quote(question)}) exec cat {shlex.quote(str(folder / str(number)))} ;;")
    lines += ["esac", "exit 1", ""]
    script = folder / "askpass"
    write_private(script, "\n".join(lines).encode())
    script.chmod(0o700)
    return script


def _ssh(access: Access, folder: Path, *, asks: bool) -> dict[str, str]:
    """The ssh that git starts: strict about host keys, without questions on a terminal."""
    known = [known_hosts_file(), Path("~/.ssh/known_hosts").expanduser(), *access.known_hosts]
    options = {
        "BatchMode": "no" if asks else "yes",
        "StrictHostKeyChecking": "yes",
        "UpdateHostKeys": "no",
        "UserKnownHostsFile": " ".join(_quoted(path) for path in known),
        "ConnectTimeout": str(CONNECT_SECONDS),
        "ServerAliveInterval": "15",
        "ServerAliveCountMax": "3",
        "NumberOfPasswordPrompts": "1",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "ClearAllForwardings": "yes",
        "PermitLocalCommand": "no",
        "ControlMaster": "no",
        "ControlPath": "none",
        "EscapeChar": "none",
    }
    if access.key_file is not None:
        options |= {"IdentitiesOnly": "yes"}
    words = ["ssh", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    if access.key_file is not None:
        words += ["-i", str(access.key_file)]
    variables = {"GIT_SSH_COMMAND": shlex.join(words), "GIT_SSH_VARIANT": "ssh"}
    return variables | ({"SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":"} if asks else {})


def _quoted(path: Path) -> str:
    """A path in a list of paths of ssh_config(5)."""
    return f'"{path}"'


def _http(access: Access) -> Settings:
    found: list[tuple[str, str]] = [("http.lowSpeedLimit", str(_SLOW_BYTES)), ("http.lowSpeedTime", str(_SLOW_SECONDS))]
    if access.ca_file is not None:
        found.append(("http.sslCAInfo", str(access.ca_file)))
    if access.client_certificate is not None:
        found.append(("http.sslCert", str(access.client_certificate)))
        found.append(("http.sslKey", str(access.client_key or access.client_certificate)))
        found.append(("http.sslCertPasswordProtected", "true" if access.client_key_passphrase else "false"))
    if access.proxy is not None:
        found.append(("http.proxy", access.proxy))
    found += [("credential.helper", helper) for helper in access.helpers]
    return tuple(found)
