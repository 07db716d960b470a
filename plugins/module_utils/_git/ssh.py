# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of every ssh that is started: strict, quiet, without anything that a repository's server could ask of this machine.

The person's ssh_config counts (names, ports, jump hosts, keys); what is said here is stronger than it. https://man.openbsd.org/ssh_config
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .._state import state_directory
from .addresses import Address

_ALWAYS = {
    "UpdateHostKeys": "no",
    "ConnectTimeout": "20",
    "ServerAliveInterval": "15",
    "ServerAliveCountMax": "3",
    "NumberOfPasswordPrompts": "1",
    "PasswordAuthentication": "no",
    "KbdInteractiveAuthentication": "no",
    "ForwardAgent": "no",
    "ForwardX11": "no",
    "ClearAllForwardings": "yes",
    "PermitLocalCommand": "no",
    "ControlMaster": "no",
    "ControlPath": "none",
}


def ssh_command(known_hosts: Sequence[Path], options: Mapping[str, str], address: Address | None = None) -> list[str]:
    """known_hosts: files of host keys. options: of ssh_config(5). address: whom to ask; without it git adds that itself."""
    known = " ".join(quoted(path) for path in known_hosts)
    said = {"BatchMode": "yes", **_ALWAYS, "UserKnownHostsFile": known, **options}
    words = ["ssh", *(word for name, value in said.items() for word in ("-o", f"{name}={value}"))]
    if address is None:
        return words
    login = f"{address.user}@{address.host.strip('[]')}" if address.user else address.host.strip("[]")
    return [*words, *(["-p", str(address.port)] if address.port else []), "--", login]


def quoted(path: Path) -> str:
    """A path as ssh_config(5) takes it, where `%` and `~` mean something."""
    return '"' + str(path).replace("%", "%%") + '"'


def known_hosts_file() -> Path:
    """The host keys that were accepted through roro. Raises RoroError."""
    return state_directory("git") / "known_hosts"
