# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster a job works on. A cluster is used only when somebody named it.

In this order: the request (command line, module options), K8S_AUTH_* variables (where they name a file alone, with the context of the
environment document), the environment document, the service account of the pod that this process runs in, a KUBECONFIG that is a local
cluster's own file, the local cluster `roro` when it is there, the only local cluster that runs. The current context of a person's
kubeconfig is never taken by itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .._cluster import Connection, contexts_of, describe, refuse_foreign_means
from .._errors import ConnectionFailed, UsageError, WronglyNamed
from .._model import Environment, Origin, Place, locate

DEFAULT_LOCAL_CLUSTER = "roro"
_NAMING_VARIABLES = ("K8S_AUTH_HOST", "K8S_AUTH_KUBECONFIG", "K8S_AUTH_CONTEXT")


def choose_cluster(
    asked: Connection, environment: Environment | None, environ: Mapping[str, str] | None = None, *, root: Path | None = None
) -> Connection:
    """The connection to use. root: the workspace's folder. Raises UsageError when nobody named a cluster, WronglyNamed when
    the document's kubeconfig is not there, ConnectionFailed when the workspace brings one that runs commands."""
    environ = os.environ if environ is None else environ
    if asked.host or asked.kubeconfig:
        return asked
    if asked.context:
        return _with_local_kubeconfig(asked, environ)
    if environ.get("K8S_AUTH_CONTEXT") and not environ.get("K8S_AUTH_HOST"):
        return _with_local_kubeconfig(replace(asked, context=environ["K8S_AUTH_CONTEXT"]), environ)
    if environ.get("K8S_AUTH_KUBECONFIG") and not environ.get("K8S_AUTH_HOST"):
        return _in_given_kubeconfig(asked, environment, environ)
    if any(environ.get(name) for name in _NAMING_VARIABLES):
        return asked
    if environment is not None and (environment.context or environment.kubeconfig):
        kubeconfig = str(environment.kubeconfig) if environment.kubeconfig else None
        _refuse_absent(environment)
        if kubeconfig and _came_along(environment, root):
            refuse_foreign_means(kubeconfig, environment.context, root or environment.folder)
        named = replace(asked, context=environment.context, kubeconfig=kubeconfig)
        return named if kubeconfig else _with_local_kubeconfig(named, environ)
    if environ.get("KUBERNETES_SERVICE_HOST") and describe(asked).source == "in-cluster":
        return asked
    if ours := _own_kubeconfig(environ.get("KUBECONFIG", "")):
        return replace(asked, kubeconfig=ours)
    local = _kubeconfig_of(DEFAULT_LOCAL_CLUSTER)
    if local.exists():
        return replace(asked, kubeconfig=str(local))
    running = _running()
    if len(running) == 1:
        return replace(asked, kubeconfig=running[0][1])
    where = str(environment.document) if environment is not None else None
    raise UsageError("no cluster is named", where=where, hint=_offer([context for context, _ in running]))


def _in_given_kubeconfig(asked: Connection, environment: Environment | None, environ: Mapping[str, str]) -> Connection:
    """K8S_AUTH_KUBECONFIG with the context that the environment names: one file serves a fleet of clusters. A file with one context means
    that one. Raises WronglyNamed where it is neither, ConnectionFailed where the file cannot be read."""
    wanted = environment.context if environment is not None else None
    if environment is None or not wanted:
        return asked
    known = contexts_of(replace(asked, kubeconfig=environ["K8S_AUTH_KUBECONFIG"]))
    if wanted in known:
        return replace(asked, context=wanted)
    if len(known) <= 1:
        return asked
    raise WronglyNamed(
        f'K8S_AUTH_KUBECONFIG has no context "{wanted}", which the environment {environment.name} names',
        where=str(environment.document),
        hint=f"It has: {', '.join(known)}. Name one of them with K8S_AUTH_CONTEXT if it is that cluster.",
    )


def _own_kubeconfig(listed: str) -> str | None:
    """The file of KUBECONFIG where it names one that is a local cluster's own: whoever exports that has chosen the cluster."""
    parts = [part for part in listed.split(os.pathsep) if part]
    if len(parts) != 1:
        return None
    path = Path(os.path.realpath(parts[0]))
    ours = Path(os.path.realpath(_kubeconfig_of(path.parent.name)))
    return parts[0] if path == ours and path.is_file() else None


def _running() -> list[tuple[str, str]]:
    """(context, kubeconfig) of each local cluster that runs."""
    from .._local_cluster import running_clusters

    return [(status.context, str(status.kubeconfig)) for status in running_clusters()]


def _offer(contexts: Sequence[str]) -> str:
    if contexts:
        return f'Local clusters that run: {", ".join(f"--context {context}" for context in contexts)}. Or "context" in environment.json.'
    return 'Name one: --context NAME or --kubeconfig FILE, "context" in environment.json, or make a local one with `roro cluster up`.'


def _refuse_absent(environment: Environment) -> None:
    if environment.kubeconfig is None or environment.kubeconfig.exists():
        return
    position = locate(Origin("environment", place=Place(environment.document, ("kubeconfig",)))).position
    raise WronglyNamed(
        f"there is no kubeconfig {environment.kubeconfig}",
        where=str(position or environment.document),
        hint="Correct the path, or name the cluster of this run: --context NAME or --kubeconfig FILE.",
    )


def _came_along(environment: Environment, root: Path | None) -> bool:
    """Whether the environment's kubeconfig is part of the repository: its path is relative, or leads into the workspace."""
    spelled, folder = str(environment.raw.get("kubeconfig") or ""), os.path.realpath(root or environment.folder)
    return not spelled.startswith(("/", "~")) or Path(os.path.realpath(environment.kubeconfig or "")).is_relative_to(folder)


def _with_local_kubeconfig(connection: Connection, environ: Mapping[str, str]) -> Connection:
    """A context `roro-<name>` of a local cluster is known without being merged into the person's kubeconfig. One of KUBECONFIG wins."""
    context = connection.context or ""
    if not context.startswith("roro-") or environ.get("K8S_AUTH_KUBECONFIG"):
        return connection
    local = _kubeconfig_of(context.removeprefix("roro-"))
    if not local.exists() or (environ.get("KUBECONFIG") and _is_known(replace(connection, kubeconfig=environ["KUBECONFIG"]))):
        return connection
    return replace(connection, kubeconfig=str(local))


def _is_known(connection: Connection) -> bool:
    try:
        return bool(describe(connection).server)
    except ConnectionFailed:
        return False


def _kubeconfig_of(local_cluster: str) -> Path:
    # Imported here: a run that names its cluster otherwise need not load the room.
    from .._local_cluster import kubeconfig_path

    return kubeconfig_path(local_cluster)
