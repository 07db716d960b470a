# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What git sees: an environment of its own and settings above every file of configuration, so that nothing in a repository runs a program.

Git's configuration of the machine and of the user is not read by what works on a repository; `settings.py` carries over what is harmless
of it. The repository's own file is read by git, but whatever in it names a program is overruled here by name.
https://git-scm.com/docs/git#_environment_variables
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

Settings = tuple[tuple[str, str], ...]
"""Git settings in order: key, value."""

NO_PROTOCOL = "none"
REMOTE_PROTOCOLS = ("https", "ssh")

_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "LD_LIBRARY_PATH")
_NETWORK = (
    "SSH_AUTH_SOCK",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)

_ALWAYS: Settings = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.attributesFile", os.devnull),
    ("core.pager", "cat"),
    ("core.editor", "false"),
    ("core.sshCommand", "false"),
    ("core.gitProxy", "false"),
    ("core.alternateRefsCommand", "false"),
    ("core.quotePath", "false"),
    ("credential.helper", ""),
    ("credential.useHttpPath", "false"),
    ("color.ui", "false"),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("push.gpgSign", "false"),
    ("log.showSignature", "false"),
    ("merge.verifySignatures", "false"),
    ("gpg.program", "false"),
    ("diff.external", ""),
    ("fetch.recurseSubmodules", "false"),
    ("push.recurseSubmodules", "no"),
    ("submodule.recurse", "false"),
    ("gc.autoDetach", "false"),
    ("maintenance.autoDetach", "false"),
    ("http.sslVerify", "true"),
    ("http.followRedirects", "initial"),
    ("http.extraHeader", ""),
    ("http.cookieFile", ""),
    ("http.saveCookies", "false"),
    ("protocol.allow", "user"),
    ("uploadpack.packObjectsHook", ""),
)

_OVERRULED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), value)
    for pattern, value in (
        (r"filter\..+\.(?:clean|smudge|process)", ""),
        (r"filter\..+\.required", "false"),
        (r"merge\..+\.driver", "false"),  # a program that fails: the path counts as in conflict
        (r"diff\..+\.(?:command|textconv)", ""),
        (r"credential\..+\.helper", ""),
        (r"gpg\..+\.program", "false"),
        (r"http\..+\.sslverify", "true"),
        (r"http\..+\.(?:extraheader|cookiefile)", ""),
        (r"http\..+\.savecookies", "false"),
        (r"http\..+\.followredirects", "initial"),
        (r"gc\.recentobjectshook", ""),
    )
)
"""Settings of a repository that run programs, lower the guard or carry credentials to a server; the last value that git reads is ours."""

REFUSED = re.compile(
    r"url\..+\.(?:insteadof|pushinsteadof)"
    r"|remote\..+\.(?:vcs|uploadpack|receivepack)"
    r"|http\.(?:.+\.)?(?:proxy|sslcainfo|sslcapath|sslbackend|pinnedpubkey|curloptresolve|proxyssl.+)"
)
"""Settings of a repository that cannot be overruled and lead to another server, or let one pass for another. Only what is asked of a server
heeds them."""


def overruling(keys: Iterable[str]) -> Settings:
    """What takes the danger from the settings of these names. keys: as `git config --list` writes them."""
    return tuple(sorted({(key, value) for key in keys for pattern, value in _OVERRULED if pattern.fullmatch(key)}))


def local_environment(settings: Settings = (), environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """For work on a repository that asks no server: no protocol is allowed at all, not even to fetch what a partial clone left out."""
    return {**_environment(settings, (NO_PROTOCOL,), _INHERITED, environ), "GIT_NO_LAZY_FETCH": "1"}


def remote_environment(
    settings: Settings, protocols: Iterable[str], more: Mapping[str, str], environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """For work with a server. protocols: the allowed ones. more: how it is reached (`access.py`)."""
    return {**_environment(settings, protocols, _INHERITED + _NETWORK, environ), **more}


def _environment(
    settings: Settings, protocols: Iterable[str], inherited: Iterable[str], environ: Mapping[str, str] | None
) -> dict[str, str]:
    environ = os.environ if environ is None else environ
    pairs = (*_ALWAYS, *settings)
    numbered = {
        name: text
        for number, (key, value) in enumerate(pairs)
        for name, text in ((f"GIT_CONFIG_KEY_{number}", key), (f"GIT_CONFIG_VALUE_{number}", value))
    }
    return {
        **{name: environ[name] for name in inherited if name in environ},
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": ":".join(protocols),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "false",
        "SSH_ASKPASS": "false",
        "GIT_SSH_COMMAND": "false",
        "GIT_EDITOR": "false",
        "GIT_SEQUENCE_EDITOR": "false",
        "GIT_PAGER": "cat",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_ADVICE": "0",
        "GIT_CONFIG_COUNT": str(len(pairs)),
        **numbered,
    }
