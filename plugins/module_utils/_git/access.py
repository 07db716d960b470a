# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server is reached: what proves who asks, whom to trust, and the private folder that git and ssh take it from while they run.

Secrets are in 0600 files of that folder and nowhere else: git and ssh ask a script for them (GIT_ASKPASS, SSH_ASKPASS), which answers
exactly the questions that they ask for the one server that the secret is for.
"""

from __future__ import annotations

import glob
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
from .._state import runtime_directory, write_private
from .addresses import Address
from .environment import REMOTE_PROTOCOLS, Settings
from .ssh import known_hosts_file, quoted, ssh_command

_SLOW_BYTES, _SLOW_SECONDS = 1000, 60
"""A transfer that is slower than so many bytes a second for so long is given up."""

_SHOWN_OF_A_PATH = 100
"""Bytes that OpenSSH shows of a key's path when it asks for the passphrase."""


@dataclass(frozen=True)
class Credential:
    """Proves who asks, at one place. origin: `https://host[:port]`; it is never sent anywhere else. secret: a password or token."""

    origin: str
    user: str
    secret: SecretText


@dataclass(frozen=True)
class Access:
    """How a server is reached. Everything may be left out.

    key_file, passphrase: an SSH key; without it those of the agent and of ~/.ssh. known_hosts: more files of known host keys.
    ca_file: the authorities to trust instead of the machine's. client_certificate, client_key (PEM files) and the key's passphrase: for
    servers that ask for one. proxy: `http://[user@]host:port`, with its password beside it. files: repositories on this machine's disk
    are allowed. helpers: these credential helpers of Git are asked. agent: the socket of the SSH agent, else that of this process.
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
    agent: str = ""

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
    sweep(base)
    folder = Path(mkdtemp(prefix=f"{os.getpid()}-", dir=base))
    try:
        access = replace(access, key_file=_key_for_ssh(access.key_file, folder)) if access.key_file else access
        answers = _answers(address, access)
        script = _askpass(folder, answers)
        variables = {"GIT_ASKPASS": str(script), "SSH_ASKPASS": str(script)} if answers else {}
        if access.ca_file is not None:
            variables["GIT_SSL_CAINFO"] = str(access.ca_file)
        if address.scheme == "ssh":
            variables |= _ssh(access, asks=bool(answers))
        protocols = (*REMOTE_PROTOCOLS, "file") if address.scheme == "file" else (address.scheme,)
        yield Prepared(variables, _http(access) if address.scheme == "https" else (), protocols)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(base: Path, prefix: str = "") -> None:
    """Take away the folders `<prefix><process id>-...` of processes that were killed."""
    for folder in base.glob(f"{glob.escape(prefix)}*-*"):
        number = folder.name.removeprefix(prefix).partition("-")[0]
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
        for name in (user, quote(user, safe=""), quote(user)):
            found[f"Password for 'https://{name}@{address.place}': "] = credential.secret
    if access.key_file is not None and access.passphrase:
        shown = os.fsdecode(os.fsencode(access.key_file)[:_SHOWN_OF_A_PATH])
        found[f"Enter passphrase for key '{shown}': "] = access.passphrase
    if access.client_certificate is not None and access.client_key_passphrase:
        found[f"Password for 'cert:///{quote(str(access.client_certificate))}': "] = access.client_key_passphrase
    if access.proxy and access.proxy_password:
        parts = urlsplit(access.proxy)
        user, place = parts.username or "", parts.netloc.rpartition("@")[2]
        found |= {f"Password for '{parts.scheme}://{name}@{place}': ": access.proxy_password for name in (user, quote(user, safe=""))}
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


def _key_for_ssh(file: Path, folder: Path) -> Path:
    """The key's file, or a copy that ssh takes: it refuses one that others can read, as mounted secrets are, and one whose last line has
    no end, as it comes out of AWX. Raises UsageError where it cannot be read."""
    try:
        key = file.read_bytes()
        open_to_others = file.stat().st_mode & 0o077
    except OSError as error:
        raise UsageError(f"the key cannot be read: {error.strerror}", where=str(file), hint="Name another: --key-file.") from error
    if not open_to_others and key.endswith(b"\n") and b"\r" not in key:
        return file
    write_private(folder / "key", key.replace(b"\r\n", b"\n").rstrip() + b"\n")
    return folder / "key"


def _ssh(access: Access, *, asks: bool) -> dict[str, str]:
    """How git starts ssh: strict about host keys, without questions on a terminal."""
    key = {} if access.key_file is None else {"IdentitiesOnly": "yes", "IdentityFile": quoted(access.key_file)}
    options = {"StrictHostKeyChecking": "yes", "BatchMode": "no" if asks else "yes", **key}
    known = [known_hosts_file(), Path("~/.ssh/known_hosts").expanduser(), *access.known_hosts]
    variables = {"GIT_SSH_COMMAND": shlex.join(ssh_command(known, options)), "GIT_SSH_VARIANT": "ssh"}
    variables |= {"SSH_AUTH_SOCK": access.agent} if access.agent else {}
    return variables | ({"SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":"} if asks else {})


def _http(access: Access) -> Settings:
    found: list[tuple[str, str]] = [("http.lowSpeedLimit", str(_SLOW_BYTES)), ("http.lowSpeedTime", str(_SLOW_SECONDS))]
    if access.client_certificate is not None:
        found.append(("http.sslCert", str(access.client_certificate)))
        found.append(("http.sslKey", str(access.client_key or access.client_certificate)))
        found.append(("http.sslCertPasswordProtected", "true" if access.client_key_passphrase else "false"))
    if access.proxy is not None:
        found.append(("http.proxy", access.proxy))
    if access.proxy_password:
        found.append(("http.proxyAuthMethod", "basic"))
    found += [("credential.helper", helper) for helper in access.helpers]
    return tuple(found)
