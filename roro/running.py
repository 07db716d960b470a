"""What `exec` and `run` share: the streams of this process, connected to a command in a container."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._errors import ReleaseError
from ansible_collections.roro.kube.plugins.module_utils._exec import Ending, Wanted, converse
from ansible_collections.roro.kube.plugins.module_utils._exec.choose import Place

from .notes import tell
from .reason_words import harmless
from .terminal import Streams, has_terminal

EXIT_NO_COMMAND = 127
"""What shells say when there is no such command; 126: it could not be run."""
EXIT_NOT_RUN = 126


@dataclass(frozen=True)
class Asked:
    """Whether the command has a terminal, and whether it has this process's stdin."""

    tty: bool
    stdin: bool

    @classmethod
    def of(cls, tty: bool | None, interactive: bool | None) -> Asked:
        """From options. A terminal only where this process has one: somewhere else there is nobody to resize it, and keys are bytes."""
        has = has_terminal()
        if tty and not has:
            tell("this is no terminal: the command gets none")
        with_terminal = has if tty is None else tty and has
        return cls(with_terminal, interactive if interactive is not None else with_terminal or not os.isatty(0))

    def wanted(self, place: Place, command: tuple[str, ...]) -> Wanted:
        """The command in its place."""
        return Wanted(place.namespace, place.pod, place.container, command, self.stdin, self.tty)


def run_there(cluster: Cluster, wanted: Wanted) -> Ending:
    """Run it with this process's streams. Raises ClusterError, BrokenPipeError."""
    try:
        with Streams(tty=wanted.tty) as ways:
            return converse(cluster, wanted, ways, ways.size if wanted.tty else None)
    except (KeyboardInterrupt, SystemExit):
        tell("the command may go on in the pod: nothing tells it that nobody listens; with a terminal Ctrl-C reaches it")
        raise


def exit_code(ending: Ending, place: Place, command: tuple[str, ...]) -> int:
    """The command's own, or the shells' numbers for one that did not run, with a message. Raises ReleaseError when its end is not known."""
    if ending.code is not None:
        return ending.code
    where = f"Pod {place.namespace}/{place.pod}, container {place.container}"
    if ending.reason == "Broken":
        raise ReleaseError(ending.message, where=where)
    if ending.reason == "NoCommand" and not command:
        words = "there is no shell in this container; name a command that its image has, after --"
    elif ending.reason == "NoCommand":
        words = f'it has no command "{command[0]}"'
    else:
        words = f"the command did not run: {ending.message}"
    print(harmless(f"Error: {where}: {words}"), file=sys.stderr)
    return EXIT_NO_COMMAND if ending.reason == "NoCommand" else EXIT_NOT_RUN
