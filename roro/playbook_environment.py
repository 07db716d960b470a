"""What the playbook of a command sees of the shell's environment, and where its code comes from.

The playbook is the command's own, so what a shell sets for playbooks of the person's own (a vault's password, prompts, strategies, tags)
has no say in it. What stays lets a person look at it: callbacks, logs, an ansible.cfg that ANSIBLE_CONFIG names.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils import _log as log
from ansible_collections.roro.kube.plugins.module_utils import _version
from ansible_collections.roro.kube.plugins.module_utils._run_id import VARIABLE as RUN_VARIABLE
from ansible_collections.roro.kube.plugins.module_utils._run_id import run_id

from .channels import EVENTS_VARIABLE, LIFELINE_VARIABLE

COLLECTIONS_VARIABLE = "ANSIBLE_COLLECTIONS_PATH"
DEFAULT_COLLECTIONS = ("~/.ansible/collections", "/usr/share/ansible/collections")
_KEPT = {
    COLLECTIONS_VARIABLE,
    "ANSIBLE_CALLBACKS_ENABLED",
    "ANSIBLE_CALLBACK_PLUGINS",
    "ANSIBLE_CONFIG",
    "ANSIBLE_DEBUG",
    "ANSIBLE_HOME",
    "ANSIBLE_LOG_PATH",
    "ANSIBLE_VERBOSITY",
}


def own_collections(module: str = str(_version.__file__)) -> Path:
    """The directory with `ansible_collections` from which this command's own engine was imported. Links are not followed."""
    return Path(os.path.abspath(module)).parents[5]  # noqa: PTH100 - resolve() would follow links


def collections_path(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Where Ansible looks for collections when it is started by hand: the variable, the person's ansible.cfg, else its default."""
    given = environ.get(COLLECTIONS_VARIABLE) or _configured(environ.get("ANSIBLE_CONFIG", ""))
    return [part for part in given.split(os.pathsep) if part] if given else list(DEFAULT_COLLECTIONS)


def playbook_environment(folder: Path, events: Path, lifeline: Path) -> dict[str, str]:
    """Variables for ansible-playbook beside those of this process: our own interpreter's commands and collection first."""
    variables = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        COLLECTIONS_VARIABLE: os.pathsep.join(dict.fromkeys([str(own_collections()), *collections_path()])),
        EVENTS_VARIABLE: str(events),
        LIFELINE_VARIABLE: str(lifeline),
        RUN_VARIABLE: run_id(),
        **_log_variables(events),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "ANSIBLE_FORCE_COLOR": "false",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        # The inventory is the word `localhost,`, or a file of ours: other plugins need not be loaded.
        "ANSIBLE_INVENTORY_ENABLED": "ansible.builtin.host_list,ansible.builtin.yaml",
        # Not in the home directory, which may be read-only.
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        **_utf8_locale(os.environ),
    }
    if "ANSIBLE_CONFIG" not in os.environ:
        # The current directory may be an untrusted workspace: its ansible.cfg is not read.
        configuration = folder / "ansible.cfg"
        # Ansible looks a thousand times a second whether a worker is done, for as long as a run waits for pods.
        configuration.write_text("[defaults]\ninternal_poll_interval = 0.005\n")
        variables["ANSIBLE_CONFIG"] = str(configuration)
    return variables


@contextmanager
def without_shell_settings() -> Iterator[None]:
    """For as long as a playbook is started: this process's environment without what a shell sets for other playbooks."""
    taken = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("ANSIBLE_") and name not in _KEPT}
    try:
        yield
    finally:
        os.environ.update(taken)


@dataclass(frozen=True)
class OtherCollection:
    """Another copy of the collection. folder: where it is. version: "" where it does not say."""

    folder: Path
    version: str


def other_collections(paths: Iterable[str] | None = None) -> list[OtherCollection]:
    """Copies of the collection that `ansible-playbook` on its own may use instead of this command's, in the order of its search."""
    own = os.path.realpath(own_collections() / "ansible_collections" / "roro" / "kube")
    found: dict[str, OtherCollection] = {}
    for path in paths if paths is not None else [*collections_path(), *sys.path]:
        top = Path(os.path.expanduser(path))  # noqa: PTH111 - never raises
        for folder in (top / "ansible_collections" / "roro" / "kube", top / "roro" / "kube"):
            real = os.path.realpath(folder)
            if real != own and real not in found and (folder / "plugins" / "module_utils").is_dir():
                found[real] = OtherCollection(folder, _version_of(folder))
    return list(found.values())


def _version_of(folder: Path) -> str:
    """As its manifest, its galaxy.yml or its code says."""
    try:
        return str(json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    for name, key in (("galaxy.yml", "version:"), ("plugins/module_utils/_version.py", "VERSION =")):
        try:
            lines = (folder / name).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            continue
        for line in lines:
            if line.startswith(key):
                return line.removeprefix(key).strip().strip("\"'")
    return ""


def _configured(file: str) -> str:
    """`collections_path` of an ansible.cfg, its relative parts from its own folder as Ansible reads them; "" where it says nothing."""
    if not file:
        return ""
    import configparser

    parser = configparser.ConfigParser(inline_comment_prefixes=(";",), interpolation=None, strict=False)
    try:
        parser.read(Path(file), encoding="utf-8")
    except (OSError, configparser.Error, UnicodeError):
        return ""
    listed = parser.get("defaults", "collections_path", fallback="") or parser.get("defaults", "collections_paths", fallback="")
    folder = Path(file).parent
    return os.pathsep.join(part if part.startswith("~") else str(folder / part) for part in listed.split(os.pathsep) if part)


def _log_variables(events: Path) -> dict[str, str]:
    """Where the playbook's processes write our own log: the same file, or the pipe of events where this process prints the lines."""
    if log.place() in ("", "stderr"):
        return {log.PIPE_VARIABLE: str(events)}
    return {"RORO_LOG_FILE": os.path.abspath(log.place())}  # noqa: PTH100 - resolve() would follow links


def _utf8_locale(environ: Mapping[str, str]) -> dict[str, str]:
    """Ansible refuses to start in a locale that is not UTF-8, such as LC_ALL=C of cron and bare containers."""
    chosen = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    if chosen.lower().replace("-", "").endswith("utf8"):
        return {}
    return {"LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"}
