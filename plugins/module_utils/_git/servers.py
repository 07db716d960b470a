# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each server was reached last (files of keys and certificates, a proxy), and the access that follows from that and from credentials.

Kept by origin in a private file, never in the repository: what is in a repository may have come from somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .._errors import UsageError
from .._known_fields import known_fields
from .._secrets import SecretText
from .._state import state_directory
from .access import Access, Credential
from .addresses import Address
from .credentials import find_credential, open_credential
from .from_environment import GivenCredentials, given_credentials
from .host_keys import accept_host as accept_host_key
from .host_keys import known_meanwhile
from .login import refreshed
from .private_json import changing, read_json
from .settings import Configuration, read_configuration


@dataclass(frozen=True)
class Reach:
    """How a server is reached, without any secret. Paths are absolute texts, "" for none; proxy: `http://[user@]host:port`.

    password_file: holds the password or token, read each time, so that it may be exchanged. git_helpers: also ask the credential helpers
    of the person's own Git configuration.
    """

    key_file: str = ""
    known_hosts: str = ""
    ca_file: str = ""
    client_certificate: str = ""
    client_key: str = ""
    proxy: str = ""
    password_file: str = ""
    git_helpers: bool = False

    def over(self, weaker: Reach) -> Reach:
        """This, and what it leaves open from the other."""
        return Reach(**{field.name: getattr(self, field.name) or getattr(weaker, field.name) for field in fields(Reach)})


@dataclass(frozen=True)
class Proof:
    """What proves who asks, given for one time and kept nowhere; None for what is not given.

    user, password: of an HTTPS server; the password may be a token. passphrase: of the SSH key; client_key_passphrase: of the key of the
    client certificate; proxy_password: of the proxy.
    """

    user: str = ""
    password: SecretText | None = None
    passphrase: SecretText | None = None
    client_key_passphrase: SecretText | None = None
    proxy_password: SecretText | None = None


def remembered(address: Address) -> Reach:
    """How this server was reached last. Raises RoroError."""
    record = read_json(_file()).get(address.origin)
    return Reach(**known_fields(Reach, record)) if isinstance(record, dict) else Reach()


def remember(address: Address, reach: Reach) -> None:
    """Reach this server like that from now on. Raises RoroError."""
    if address.scheme == "file" or reach == remembered(address):
        return
    with changing(_file()) as records:
        records[address.origin] = {key: value for key, value in asdict(reach).items() if value}


def access_for(
    address: Address, reach: Reach | None = None, *, password: SecretText | None = None, configuration: Configuration | None = None
) -> Access:
    """The access to a server: what is said, else what the environment gives, else what is remembered, with the credentials that are kept.

    password: one that stood in the address. configuration: Git's, for the user's `http.proxy` and, where `git_helpers` is said, the
    user's credential helpers. An expired login is refreshed. Raises RoroError and GitError.
    """
    given = given_credentials(address)
    asked = reach or Reach()
    said = asked.over(_reach_of(given)).over(remembered(address))
    password = password or (None if asked.password_file else given.password)
    address = replace(address, user=given.user) if given.user and not address.user and address.scheme == "https" else address
    mine = configuration.mine if configuration is not None else {}
    proxy, proxy_password = _proxy(said.proxy or mine.get("http.proxy", ("",))[-1])
    ca_file = _path(said.ca_file)
    return Access(
        credential=Credential(address.origin, address.user, password) if password else _credential(address, ca_file, said.password_file),
        key_file=_path(said.key_file),
        passphrase=(given.passphrase if said.key_file == given.files.get("key_file") else None) or _passphrase(said.key_file),
        known_hosts=(Path(said.known_hosts),) if said.known_hosts else (),
        ca_file=ca_file,
        client_certificate=_path(said.client_certificate),
        client_key=_path(said.client_key),
        client_key_passphrase=_passphrase(said.client_key or said.client_certificate),
        proxy=proxy or None,
        proxy_password=proxy_password,
        files=address.scheme == "file",
        helpers=mine.get("credential.helper", ()) if said.git_helpers else (),
    )


def reach_server(address: Address, reach: Reach, *, password: SecretText | None = None, accept_host: str | None = None) -> Access:
    """As `access_for`, after a host key was accepted where its fingerprint is given, and remembered for the next time. Raises RoroError."""
    if urlsplit(reach.proxy).password:
        raise UsageError("a proxy is named without its password", hint="Keep that: roro git credentials add http://host:port --user NAME")
    if accept_host is not None:
        accept_host_key(address, accept_host)
    remember(address, reach.over(remembered(address)))
    return access_for(address, reach, password=password, configuration=read_configuration(Path("/")))


@contextmanager
def reach_once(address: Address, reach: Reach, proof: Proof, *, accept_host: str | None = None) -> Iterator[Access]:
    """The access for as long as the block lasts: as `access_for`, with what is given for this one time, of which nothing is remembered.

    accept_host: trust the SSH server's key where it has this fingerprint. Raises RoroError and GitError.
    """
    if urlsplit(reach.proxy).password:
        raise UsageError("a proxy is named without its password", hint="Give that by itself: proxy_password.")
    if proof.password and address.scheme != "https":
        raise UsageError("only an HTTPS server takes a password or token", where=address.url, hint="SSH: give key_file.")
    asked = replace(address, user=proof.user) if proof.user and address.scheme == "https" else address
    with known_meanwhile(address, accept_host or given_credentials(address).accept_host or None) as known:
        access = access_for(asked, reach, password=proof.password, configuration=read_configuration(Path("/")))
        yield replace(
            access,
            known_hosts=(*known, *access.known_hosts),
            passphrase=proof.passphrase or access.passphrase,
            client_key_passphrase=proof.client_key_passphrase or access.client_key_passphrase,
            proxy_password=proof.proxy_password or access.proxy_password,
        )


def _reach_of(given: GivenCredentials) -> Reach:
    files = given.files.get
    return Reach(files("key_file", ""), files("known_hosts", ""), files("ca_file", ""), password_file=files("password_file", ""))


def _credential(address: Address, ca_file: Path | None, password_file: str) -> Credential | None:
    if address.scheme != "https":
        return None
    if password_file:
        return Credential(address.origin, address.user, _password_in(Path(password_file)))
    stored = find_credential(address.origin, address.user) or find_credential(address.origin)
    if stored is None:
        return None
    stored, held = refreshed(stored, ca_file=ca_file)
    return Credential(stored.origin, stored.user, held.secret)


def _password_in(file: Path) -> SecretText:
    """The first line of a file. Raises UsageError."""
    try:
        text = file.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(
            "the file of the password cannot be read", where=str(file), hint=f"{words}; name another: --password-file"
        ) from error
    if not text:
        raise UsageError("the file of the password is empty", where=str(file), hint="Its first line is the password or token.")
    return SecretText(text)


def _passphrase(file: str) -> SecretText | None:
    stored = find_credential(f"file:{file}") if file else None
    return None if stored is None else open_credential(stored).secret


def _proxy(text: str) -> tuple[str, SecretText | None]:
    """A proxy's address without the password in it, and that password, else the one that is kept for it."""
    if not text:
        return "", None
    parts = urlsplit(text if "://" in text else f"http://{text}")
    place = parts.netloc.rpartition("@")[2]
    clean = f"{parts.scheme}://{parts.username}@{place}" if parts.username else f"{parts.scheme}://{place}"
    if parts.password:
        return clean, SecretText(unquote(parts.password))
    stored = find_credential(f"{parts.scheme}://{place}", unquote(parts.username or ""))
    return clean, None if stored is None else open_credential(stored).secret


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _file() -> Path:
    return state_directory("git") / "servers.json"
