# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host keys of SSH servers: what a server shows, and accepting it once by its fingerprint.

ssh itself asks the server, so that the person's ssh_config (ports, names, jump hosts) counts; the key is written to a file that is ours.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .._errors import GitError, UsageError
from .._state import lock_within, runtime_directory, write_private
from .addresses import Address
from .command import Limits, run
from .environment import remote_environment
from .ssh import known_hosts_file, ssh_command

_ASKING = Limits(seconds=40.0, output=1 << 20)
_LOCK_SECONDS = 10.0


@dataclass(frozen=True)
class HostKey:
    """A key that a server shows. host: as files of known hosts write it (`[name]:port`). kind: `ssh-ed25519` and the like."""

    host: str
    kind: str
    key: str

    @property
    def fingerprint(self) -> str:
        """`SHA256:...`, as ssh-keygen shows it."""
        return fingerprint(self.key)

    @property
    def line(self) -> str:
        """For a file of known hosts."""
        return f"{self.host} {self.kind} {self.key}\n"


def fingerprint(key: str) -> str:
    """`SHA256:...` of a public key in base64."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(base64.b64decode(key)).digest()).decode().rstrip("=")


def shown_key(address: Address) -> HostKey:
    """The key that the server shows who knows none. Nothing is remembered. Raises GitError and Interrupted."""
    with TemporaryDirectory(dir=runtime_directory("git"), prefix=f"{os.getpid()}-") as folder:
        seen = Path(folder) / "seen"
        # No way of logging in is left: the server shows its key first and then ends it.
        options = {"StrictHostKeyChecking": "accept-new", "HashKnownHosts": "no", "PreferredAuthentications": "none"}
        words = [*ssh_command([seen], options, address), "true"]
        done = run(words, what="ssh", folder=Path(folder), environment=remote_environment((), (), {}), limits=_ASKING, tied=True)
        lines = [line.split() for line in seen.read_text().splitlines()] if seen.exists() else []
    if not lines or len(lines[0]) < 3:
        said = done.errors.strip().splitlines() or ["it said nothing"]
        raise GitError(f"the server shows no host key: {said[-1]}", reason="Unreachable", where=address.url, hint="Is it an SSH server?")
    host, kind, key = lines[0][:3]
    return HostKey(host, kind, key)


def accept_host(address: Address, wanted: str) -> HostKey:
    """Remember the server's key where its fingerprint is the wanted one, in place of what roro remembered of that host before.

    wanted: `SHA256:...`, as the server's owner published it. Raises UsageError, GitError `HostKeyUnknown` naming what is shown instead.
    """
    shown = _wanted_key(address, wanted)
    file = known_hosts_file()
    handle = os.open(file.parent, os.O_RDONLY)
    try:
        if not lock_within(handle, _LOCK_SECONDS):
            raise GitError("another roro holds the file of known hosts", reason="Locked", where=str(file), hint="Try again.")
        others = [line for line in _lines(file) if line.split(" ")[0] != shown.host]
        write_private(file, "".join([*(f"{line}\n" for line in others), shown.line]).encode())
    finally:
        os.close(handle)
    return shown


@contextmanager
def known_meanwhile(address: Address, wanted: str | None) -> Iterator[tuple[Path, ...]]:
    """Files of known hosts that last as long as the block, with the server's key where its fingerprint is the wanted one; none where none
    is wanted. Nothing is remembered. Raises as `accept_host`."""
    with ExitStack() as ended:
        files: tuple[Path, ...] = ()
        if wanted is not None:
            shown = _wanted_key(address, wanted)
            folder = ended.enter_context(TemporaryDirectory(dir=runtime_directory("git"), prefix=f"{os.getpid()}-"))
            files = (Path(folder) / "known_hosts",)
            write_private(files[0], shown.line.encode())
        yield files


def _wanted_key(address: Address, wanted: str) -> HostKey:
    """The key that the server shows, which has this fingerprint. Raises UsageError, GitError `HostKeyUnknown`."""
    if not wanted.startswith("SHA256:") or len(wanted) != 50:
        raise UsageError(
            f"{wanted!r} is no fingerprint of a host key", hint="It looks like SHA256: and 43 characters; ssh-keygen -l shows it."
        )
    if address.scheme != "ssh":
        raise UsageError("only an SSH server has a host key", where=address.url, hint="Leave the fingerprint out.")
    shown = shown_key(address)
    if shown.fingerprint != wanted:
        raise GitError(
            f"the server shows {shown.fingerprint} ({shown.kind}), not {wanted}",
            reason="HostKeyUnknown",
            where=address.url,
            hint="Do not accept a key that its owner did not publish: somebody may be listening.",
        )
    return shown


def _lines(file: Path) -> Sequence[str]:
    return [line for line in file.read_text().splitlines() if line.strip()] if file.exists() else []
