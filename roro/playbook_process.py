"""The process that a command's playbook runs in: it loads Ansible while the command still reads its documents, then runs one playbook.

Run as a file, by `playbook.py`, with the playbook's environment: `playbook_process.py ansible-playbook VERB`; the first word says in a list
of processes what it is. It is told the arguments of ansible-playbook as one line of JSON on stdin. When stdin ends without one, the command
has ended or needs no playbook, and so does this process.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import sys
import warnings
from contextlib import suppress
from importlib import import_module

COLLECTION = "ansible_collections.roro.kube.plugins"


def main() -> None:
    """Load, wait for the word, run, and leave without taking the interpreter apart."""
    parent, verb = os.getppid(), sys.argv[2]
    gc.disable()  # what is loaded stays
    from ansible.cli.playbook import PlaybookCLI

    _load_plugin(verb, parent)
    gc.freeze()
    gc.enable()
    arguments = sys.stdin.readline()
    if arguments:
        os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
        _leave(_run(PlaybookCLI, json.loads(arguments)))


def _load_plugin(verb: str, parent: int) -> None:
    """Ansible's own import of the action plugin and the engine, a moment before Ansible does it. What goes wrong it will tell."""
    from ansible.plugins.loader import init_plugin_loader

    warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
    with suppress(Exception):
        init_plugin_loader()
        import_module(f"{COLLECTION}.module_utils._die_with").die_with(parent, signal.SIGTERM)
        import_module(f"{COLLECTION}.action.{verb}")


def _run(cli: type, arguments: list[str]) -> int:
    """The exit code."""
    try:
        cli.cli_executor(["ansible-playbook", *arguments])  # type: ignore[attr-defined]
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 1
    return 0


def _leave(code: int) -> None:
    """What was registered for the end is done: Ansible removes its temporary files so."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
