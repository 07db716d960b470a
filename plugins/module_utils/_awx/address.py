# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where AWX is and who asks, from options and from the variables that AWX's own tools read. Pure but for the environment given to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .._errors import UsageError
from .._secrets import SecretText

_VARIABLES = {
    "host": ("CONTROLLER_HOST", "AAP_HOSTNAME", "TOWER_HOST"),
    "token": ("CONTROLLER_OAUTH_TOKEN", "AAP_TOKEN", "TOWER_OAUTH_TOKEN"),
    "username": ("CONTROLLER_USERNAME", "AAP_USERNAME", "TOWER_USERNAME"),
    "password": ("CONTROLLER_PASSWORD", "AAP_PASSWORD", "TOWER_PASSWORD"),
    "validate_certs": ("CONTROLLER_VERIFY_SSL", "AAP_VALIDATE_CERTS", "TOWER_VERIFY_SSL"),
    "request_timeout": ("CONTROLLER_REQUEST_TIMEOUT", "AAP_REQUEST_TIMEOUT"),
    "prefix": ("CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX",),
}
_NO = {"0", "n", "no", "f", "false", "off"}


@dataclass(frozen=True)
class Address:
    """A server of AWX, and what proves who asks: a token, or a name and password.

    url: scheme, host and port. prefix: word between `/api/` and the version, "" to ask the server. timeout: seconds for one answer.
    """

    url: str
    token: SecretText | None = None
    username: str = ""
    password: SecretText | None = None
    verify: bool = True
    ca_file: str = ""
    timeout: float = 30.0
    prefix: str = ""


def find_address(options: Mapping[str, Any], environment: Mapping[str, str]) -> Address:
    """The address of the options, where they say nothing that of the environment (CONTROLLER_*, AAP_*, then TOWER_*).

    Raises UsageError where there is none, where it is no address, or where nothing says who asks.
    """
    given = {name: _first(options.get(name), environment, variables) for name, variables in _VARIABLES.items()}
    host = str(given["host"] or "").rstrip("/")
    if not host:
        raise UsageError(
            "nothing says where AWX is", where="controller_host", hint="Give controller_host, or CONTROLLER_HOST in the environment."
        )
    parts = urlsplit(host if "://" in host else f"https://{host}")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        hint = "An address such as https://awx.example.com, without a user."
        raise UsageError("the address of AWX cannot be read", where="controller_host", hint=hint)
    if not given["token"] and not (given["username"] and given["password"]):
        hint = "Give CONTROLLER_OAUTH_TOKEN, or CONTROLLER_USERNAME and CONTROLLER_PASSWORD, or the options of these names."
        raise UsageError("nothing says who asks AWX", where="controller_oauthtoken", hint=hint)
    verify = given["validate_certs"]
    return Address(
        url=f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}",
        token=SecretText(str(given["token"])) if given["token"] else None,
        username=str(given["username"] or ""),
        password=SecretText(str(given["password"])) if given["password"] else None,
        verify=verify if isinstance(verify, bool) else str(verify or "true").lower() not in _NO,
        ca_file=str(options.get("ca_file") or ""),
        timeout=_seconds(given["request_timeout"]),
        prefix=str(given["prefix"] or "").strip("/"),
    )


def _first(option: Any, environment: Mapping[str, str], variables: tuple[str, ...]) -> Any:
    if option is not None and option != "":
        return option
    return next((environment[name] for name in variables if environment.get(name)), None)


def _seconds(text: Any) -> float:
    try:
        return float(text or 30)
    except ValueError as error:
        raise UsageError("the time for one answer is not a number", where="request_timeout", hint="A number of seconds.") from error
