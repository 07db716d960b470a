# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Git's configuration: what is carried over of the machine's and the user's, and what a repository's own may not say."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .._errors import GitError
from .command import run_git
from .environment import REFUSED, Settings, overruling
from .large_files import filters
from .types import Person

_CARRIED = (
    "core.excludesfile",
    "core.autocrlf",
    "core.eol",
    "http.sslcainfo",
    "http.sslcapath",
    "init.defaultbranch",
    "safe.directory",
)
"""Of the machine's and the user's configuration. None of these starts a program."""
_WHERE_IT_IS = ("PATH", "HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Configuration:
    """What `git config` lists. Each maps a key (section and variable in small letters) to its values in order.

    mine: of the machine and the user. own: of the repository and its work tree.
    """

    mine: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def last(self, key: str) -> str | None:
        """The value that counts; the repository's is stronger."""
        values = self.own.get(key) or self.mine.get(key)
        return values[-1] if values else None

    @property
    def person(self) -> Person:
        """Who commits here. Raises GitError `NoIdentity`."""
        name, email = self.last("user.name"), self.last("user.email")
        if not name or not email:
            missing = " and ".join(key for key, value in (("user.name", name), ("user.email", email)) if not value)
            raise GitError(
                f"Git does not know who you are: {missing} is not set",
                reason="NoIdentity",
                hint='Run: git config --global user.name "Your Name" && git config --global user.email you@example.com',
            )
        return Person(name, email)

    def settings(self) -> Settings:
        """What every git on this repository is given: what is carried over, what takes the danger from its own, the filter of LFS."""
        carried = tuple((key, value) for key in _CARRIED for value in self.mine.get(key, ()))
        return carried + overruling(self.own) + filters(self.own)

    def check_remote(self, folder: Path) -> None:
        """Raises GitError `ConfigurationRefused` naming a setting of the repository with which no server is asked."""
        for key in self.own:
            if REFUSED.fullmatch(key):
                raise GitError(
                    f"the repository's own configuration has {key}, which can lead to another server",
                    reason="ConfigurationRefused",
                    where=str(folder),
                    hint=f"roro does not follow it. Give what you need as an option, then: git config --local --unset-all {key}",
                )


def read_configuration(folder: Path) -> Configuration:
    """What git reads in `folder`; the repository's part is empty where there is none. `git config` starts no program. Raises GitError."""
    environment = {name: os.environ[name] for name in _WHERE_IT_IS if name in os.environ} | {
        "LC_ALL": "C.UTF-8",
        "GIT_TERMINAL_PROMPT": "0",
    }
    done = run_git(["config", "--list", "-z", "--show-scope", "--includes"], folder=folder, environment=environment)
    if done.code != 0:
        raise GitError(
            f"Git's configuration cannot be read: {done.errors.strip()}",
            reason="ConfigurationRefused",
            where=str(folder),
            hint="Mend that file.",
        )
    parts = done.output.decode("utf-8", "surrogateescape").split("\0")
    found: dict[bool, dict[str, list[str]]] = {True: defaultdict(list), False: defaultdict(list)}
    for scope, pair in zip(parts[0::2], parts[1::2], strict=False):
        key, has_value, value = pair.partition("\n")
        found[scope in ("system", "global")][key].append(value if has_value else "true")
    mine, own = ({key: tuple(values) for key, values in found[side].items()} for side in (True, False))
    return Configuration(mine, own)
