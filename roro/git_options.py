"""How a Git server is reached, as options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._git import Reach

_FILES = ("key_file", "known_hosts", "ca_file", "client_certificate", "client_key", "password_file")
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def reach_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options as one argument `reach`, and `--accept-host` as `accept_host`. What is left out is as it was the last time."""

    @wraps(command)
    def with_reach(**given: Any) -> Any:
        files = {name: given.pop(name) for name in _FILES}
        texts = {name: str(path.absolute()) if path else "" for name, path in files.items()}
        reach = Reach(**texts, proxy=given.pop("proxy") or "", git_helpers=given.pop("git_helpers"))
        return command(reach=reach, **given)

    options = (
        click.option("--key-file", type=_FILE, metavar="FILE", help="SSH: a private key, instead of those of the agent and of ~/.ssh."),
        click.option("--known-hosts", type=_FILE, metavar="FILE", help="SSH: more known host keys."),
        click.option("--accept-host", metavar="FINGERPRINT", help="SSH: remember the server's host key where it has this fingerprint."),
        click.option("--ca-file", type=_FILE, metavar="FILE", help="HTTPS: the authorities to trust, instead of the machine's."),
        click.option("--client-certificate", type=_FILE, metavar="FILE", help="HTTPS: a certificate that the server asks for (PEM)."),
        click.option("--client-key", type=_FILE, metavar="FILE", help="HTTPS: the key of that certificate, where it is in another file."),
        click.option("--proxy", metavar="URL", help="HTTPS: a proxy, http://[user@]host:port (default: https_proxy)."),
        click.option("--password-file", type=_FILE, metavar="FILE", help="HTTPS: a file whose first line is the password or token."),
        click.option("--git-helpers", is_flag=True, help="HTTPS: also ask the credential helpers of your own Git configuration."),
    )
    for option in reversed(options):
        with_reach = option(with_reach)
    return with_reach
