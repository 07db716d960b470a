"""`roro git`: logging in at Git servers, and the credentials that are kept for them."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._git import (
    PROVIDERS,
    Held,
    Invitation,
    Stored,
    keep_credential,
    list_credentials,
    log_in,
    place_of,
    remove_credential,
)
from ansible_collections.roro.kube.plugins.module_utils._secrets import SecretText

from .arguments import later, output_option
from .examples import examples
from .json_output import json_text
from .tables import make_table, print_table


@click.group("git", epilog=examples("roro git login gitlab --client-id ID", "roro git credentials add https://git.example.com --user ada"))
def git() -> None:
    """Log in at Git servers, and keep credentials for them.

    A credential is sent to the one server that it is for, is kept in the OS keyring (pip install keyring) or in a private file, and is
    shown by its name only.
    """


@git.command(
    "login",
    epilog=examples(
        "roro git login github --client-id Iv1.8a61f9b3a7aba766",
        "roro git login gitlab --url https://gitlab.example.com --client-id ID",
        "roro git login github --url https://github.example.com --ca-file ca.pem",
    ),
)
@click.argument("provider", type=click.Choice(list(PROVIDERS)))
@click.option("--url", metavar="URL", help="The server, for an enterprise edition or one of your own (default: github.com, gitlab.com).")
@click.option("--client-id", metavar="ID", help="The OAuth application (default: RORO_GITHUB_CLIENT_ID, RORO_GITLAB_CLIENT_ID).")
@click.option("--scope", metavar="SCOPES", help="What is asked for, instead of reading and writing repositories.")
@click.option("--name", metavar="NAME", help="What the credential is called (default: the server's name).")
@click.option("--ca-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE", help="The authorities to trust.")
@output_option
def login(
    provider: str, url: str | None, client_id: str | None, scope: str | None, name: str | None, ca_file: Path | None, output: str
) -> None:
    """Log in at GitHub or GitLab: a page to open and a code to type there, from any device. The token is kept as a credential.

    The server needs an OAuth application with the device flow enabled; its client id is no secret.
    """
    known = PROVIDERS[provider]
    url = url or known.url
    variable = f"RORO_{provider.upper()}_CLIENT_ID"
    client_id = client_id or os.environ.get(variable)
    if not client_id:
        raise UsageError(
            f"the OAuth application at {url} must be named",
            hint=f"Make one there ({url}{known.applications}) with the device flow enabled, then --client-id ID or {variable}=ID. "
            "A token that you made yourself does as well: roro git credentials add",
        )
    stored = log_in(known, client_id, url=url, name=name or place_of(url).name, show=_show, scope=scope, ca_file=ca_file)
    _print_kept(stored, output)


def _show(invitation: Invitation) -> None:
    print(f"Open {invitation.address}\nand type {invitation.code}", file=sys.stderr)
    print(f"Waiting, at most {invitation.expires / 60:.0f} minutes ...", file=sys.stderr, flush=True)


@git.group("credentials")
def credentials() -> None:
    """Passwords, tokens and passphrases that are kept for Git."""


@credentials.command("list", epilog=examples("roro git credentials list", "roro git credentials list -o json"))
@output_option
def list_command(output: str) -> None:
    """Show what is kept, by name; never the secret itself."""
    found = list_credentials()
    if output == "json":
        print(json_text({"credentials": [_record(one) for one in found]}))
        return
    if not found:
        print("Nothing is kept. Add something: roro git credentials add")
        return
    table = make_table(("NAME", "FOR", "USER", "KIND", "EXPIRES", "KEPT IN"), folding="FOR")
    for one in found:
        table.add_row(one.name, one.origin.removeprefix("file:"), one.user or "-", one.kind, _expiry(one), one.kept)
    print_table(table)


@credentials.command(
    epilog=examples(
        "roro git credentials add https://git.example.com --user ada",
        "roro git credentials add https://gitlab.com --user oauth2 --token < token.txt",
        "roro git credentials add ~/.ssh/work",
        "roro git credentials add http://proxy.example.com:3128 --user pat",
    )
)
@click.argument("place", metavar="URL|KEYFILE")
@click.option("--user", default="", metavar="NAME", help="Who the password is for; a server may take anything beside a token.")
@click.option("--token", is_flag=True, help="The secret is a token (shown so in the list).")
@click.option("--name", metavar="NAME", help="What it is called (default: the host or file).")
@output_option
def add(place: str, user: str, token: bool, name: str | None, output: str) -> None:
    """Keep a password or token for a server or proxy, or the passphrase of a private key.

    The secret is asked for on the terminal, or read from standard input; never an argument, where every user of the machine could see it.
    """
    where = place_of(place)
    secret = where.password or _secret(where.name)
    kind = "passphrase" if where.origin.startswith("file:") else "token" if token else "password"
    stored = Stored(name=name or where.name, origin=where.origin, user=user or where.user, kind=kind)
    _print_kept(keep_credential(stored, Held(secret)), output)


@credentials.command("remove", epilog=examples("roro git credentials remove git.example.com"))
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=later("complete_credentials"))
@output_option
def remove(names: tuple[str, ...], output: str) -> None:
    """Forget credentials. At the server a token stays valid until it is revoked there."""
    gone = [remove_credential(name) for name in names]
    if output == "json":
        print(json_text({"removed": [_record(one) for one in gone]}))
        return
    for one in gone:
        print(f"Forgot {one.name}.")


def _secret(name: str) -> SecretText:
    on_terminal = sys.stdin.isatty()
    text = click.prompt(f"Secret for {name}", hide_input=True, err=True) if on_terminal else sys.stdin.readline().rstrip("\r\n")
    if not text or not text.isprintable():
        raise UsageError("the secret is empty or has a control character", hint="Give it as one line on standard input.")
    return SecretText(text)


def _print_kept(stored: Stored, output: str) -> None:
    if output == "json":
        print(json_text(_record(stored)))
        return
    place = "the OS keyring" if stored.kept == "keyring" else "a private file (pip install keyring for the OS keyring)"
    print(f"Kept {stored.name} for {stored.origin.removeprefix('file:')} in {place}.")


def _record(stored: Stored) -> dict[str, Any]:
    shown = {key: value for key, value in asdict(stored).items() if key in ("name", "origin", "user", "kind", "kept", "provider")}
    return {**shown, "expires": _expiry(stored)}


def _expiry(stored: Stored) -> str:
    return datetime.fromtimestamp(stored.expires).astimezone().isoformat(timespec="seconds") if stored.expires else "-"
