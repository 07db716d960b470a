"""What a shell offers for options and arguments. Nothing here raises or waits long: what cannot be known in time is not offered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._model import Workspace, load_workspace
from click.shell_completion import CompletionItem

PATIENCE = 2.0
"""Seconds until a cluster, or a template, has taken too long to answer."""


def in_time(ask: Callable[[], Iterable[str]]) -> list[str]:
    """What `ask` finds within PATIENCE; nothing where it fails."""
    found: list[str] = []

    def work() -> None:
        try:
            found.extend(ask())
        except Exception:  # a completion has nobody to tell it to
            found.clear()

    thread = threading.Thread(target=work, name="completion", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return [] if thread.is_alive() else found


def workspace_of(context: click.Context) -> Workspace | None:
    """The workspace that is typed, or here; None where there is none, or a broken one."""
    try:
        return load_workspace(_folder(context))
    except RoroError:
        return None


def complete_clusters(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Local clusters."""
    return _items(in_time(_clusters), incomplete)


def complete_contexts(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Contexts of the kubeconfig, and those of local clusters."""
    from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection, contexts_of

    kubeconfig = context.params.get("kubeconfig")
    known = in_time(lambda: contexts_of(Connection(kubeconfig=str(kubeconfig) if kubeconfig else None)))
    return _items([*known, *(f"roro-{name}" for name in in_time(_clusters))], incomplete)


def complete_environments(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Environments of the workspace that were not typed yet."""
    workspace = workspace_of(context)
    typed = context.params.get("names") or ()
    return _items((name for name in workspace.environments if name not in typed), incomplete) if workspace is not None else []


def complete_profiles(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Profiles that an app or an instance of the workspace has."""
    workspace = workspace_of(context)
    if workspace is None:
        return []
    entries = [entry.overrides for environment in workspace.environments.values() for entry in environment.entries or ()]
    named = [name for app in workspace.apps.values() for name in app.profiles]
    return _items([*named, *(name for entry in entries for name in entry.get("profiles") or ())], incomplete)


def complete_revisions(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The newest revisions that there can be, by what was last seen of the instances typed, newest first. No cluster is asked."""
    from ansible_collections.roro.kube.plugins.module_utils._release.records.revisions import KEPT_REVISIONS

    seen = seen_instances(context)
    typed = [name for name in _typed(context) if name in seen]
    newest = max((int(seen[name].get("revision") or 0) for name in typed or seen), default=0)
    numbers = [str(number) for number in range(newest, max(0, newest - KEPT_REVISIONS), -1)]
    return [CompletionItem(number) for number in numbers if number.startswith(incomplete)]


def seen_instances(context: click.Context) -> Mapping[str, Mapping[str, Any]]:
    """What was last seen of the environment that is typed, by instance; nothing where nothing was."""
    from ansible_collections.roro.kube.plugins.module_utils._cache import Place, recall

    workspace = workspace_of(context)
    if workspace is None:
        return {}
    typed = _typed(context)
    environment = next((name for name in typed if name in workspace.environments), workspace.implied_environment)
    seen = recall(Place(str(workspace.root), workspace.name, environment or ""))
    return seen.instances if seen else {}


def complete_containers(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Containers in the pod templates of the instances typed, as their manifests have them."""

    def ask() -> Iterable[str]:
        from ansible_collections.roro.kube.plugins.module_utils._workflow import render

        _, rendered = render(_request(context))
        return (name for item in rendered for manifest in item.result.manifests for name in _containers(manifest.object))

    return _items(in_time(ask), incomplete)


def complete_forwards(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of known forwards, with what they are, and targets of those made by hand."""
    from ansible_collections.roro.kube.plugins.module_utils._forward import known_forwards

    found: dict[str, str] = {}

    def ask() -> list[str]:
        for status in known_forwards():
            found[status.id] = f"{status.namespace}/{status.target}:{status.port}"
            if not status.origin:
                found[status.target] = status.namespace
        return list(found)

    return [CompletionItem(item.value, help=found.get(item.value)) for item in _items(in_time(ask), incomplete)]


def complete_credentials(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Credentials that are kept for Git, with whom they are for."""

    def ask() -> list[str]:
        from ansible_collections.roro.kube.plugins.module_utils._git import list_credentials

        found.update({one.name: one.origin for one in list_credentials()})
        return list(found)

    found: dict[str, str] = {}
    return [CompletionItem(item.value, help=found.get(item.value)) for item in _items(in_time(ask), incomplete)]


def complete_conflicts(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Both sides of what the last sync of this clone could not settle."""

    def ask() -> list[str]:
        from ansible_collections.roro.kube.plugins.module_utils._git import open_repository
        from ansible_collections.roro.kube.plugins.module_utils._sync import standing

        names = standing(open_repository(_folder(context))).last.conflicts
        return [f"{name}={side}" for name in names for side in ("ours", "theirs")]

    return _items(in_time(ask), incomplete)


def complete_kubernetes_versions(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Versions of Kubernetes that can be built here."""
    from ansible_collections.roro.kube.plugins.module_utils._local_cluster import CLUSTER_TOOLS, minor_version

    return _items(map(minor_version, CLUSTER_TOOLS.modules("kubernetes")), incomplete)


def _clusters() -> list[str]:
    from ansible_collections.roro.kube.plugins.module_utils._local_cluster import known_clusters

    return list(known_clusters())


def _folder(context: click.Context) -> Path:
    return Path(context.params.get("workspace") or context.find_root().params.get("workspace") or Path.cwd())


def _typed(context: click.Context) -> tuple[str, ...]:
    """The arguments. Behind an option that has no value yet click has not come to them."""
    return tuple(context.params.get("names") or context.args)


def _request(context: click.Context) -> Any:
    from .requests import build_request

    return build_request(
        _folder(context), _typed(context), context=context.params.get("context"), kubeconfig=context.params.get("kubeconfig")
    )


def _containers(obj: Any) -> Iterable[str]:
    """Names of containers anywhere in an object."""
    if isinstance(obj, dict):
        for key in ("containers", "initContainers"):
            yield from (str(item["name"]) for item in obj.get(key) or () if isinstance(item, dict) and "name" in item)
        for value in obj.values():
            yield from _containers(value)
    elif isinstance(obj, list):
        for item in obj:
            yield from _containers(item)


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in dict.fromkeys(names) if name.startswith(incomplete)]
