"""`roro config`: what the documents come to, without a cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import MISSING, Instance, Selection, without_secrets, written_instance
from ansible_collections.roro.kube.plugins.module_utils._secrets import HIDDEN
from ansible_collections.roro.kube.plugins.module_utils._workflow import ConfigReport, LintReport, Variables
from ansible_collections.roro.kube.plugins.module_utils._workflow import config as read_config
from ansible_collections.roro.kube.plugins.module_utils._workflow import lint as read_lint

from .arguments import cluster_options, output_option, target_arguments, variable_options, workspace_option
from .errors import EXIT_FAILED
from .examples import examples
from .json_output import json_text
from .notes import tell
from .reason_words import harmless
from .requests import build_request
from .yaml_output import yaml_text

_SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie"}


@click.command(epilog=examples("roro config dev", "roro config dev --explain", "roro config dev api --render"))
@target_arguments
@workspace_option
@cluster_options
@variable_options
@click.option("--render", is_flag=True, help="Print the rendered manifests; Secret values are hidden.")
@click.option("--explain", is_flag=True, help="For every variable: its value, where it comes from, what it overrode.")
@click.option("--show-secrets", is_flag=True, help="Also the values of variables and headers whose names say that they are secret.")
@click.option("--lint", is_flag=True, help="What the engines' own linters say, such as helm lint. Leaves with 1 on an error.")
@output_option
def config(
    names: tuple[str, ...],
    workspace: Path | None,
    context: str | None,
    kubeconfig: Path | None,
    variables: tuple[str, ...],
    profiles: tuple[str, ...],
    allow_environment: tuple[str, ...],
    render: bool,
    explain: bool,
    show_secrets: bool,
    lint: bool,
    output: str,
) -> None:
    """Show resolved documents, variables with their origin, and rendered manifests.

    A cluster is only asked for values that documents read from it, by --explain and --render. What is printed of an instance may stand
    under `instances` of an environment document as it is.
    """
    if sum((render, explain, lint)) > 1:
        raise UsageError("--render, --explain and --lint show different things", hint="Give one of them.")
    if show_secrets and (render or lint):
        raise UsageError("--show-secrets is about variables: manifests and findings never show secrets")
    request = build_request(
        workspace,
        names,
        context=context,
        kubeconfig=kubeconfig,
        variables=variables,
        profiles=profiles,
        allow_environment=allow_environment,
    )
    if lint:
        _print_lint(read_lint(request), request.instances, output)
        return
    report = read_config(request, rendered=render, explain=explain)
    chosen = [i for i in report.selection.instances if not request.instances or i.id in request.instances]
    for notice in report.selection.notices:
        tell(notice)
    if render:
        _print_manifests(report, chosen, output)
        return
    apps = {instance.id: instance.app for instance in report.selection.instances}
    rows = [_describe(instance, apps, report.variables[instance.id], explain, show_secrets) for instance in chosen]
    document = _document(report.selection, rows)
    print(json_text(document) if output == "json" else yaml_text(document), end="\n")


def _document(selection: Selection, instances: list[dict[str, Any]]) -> dict[str, Any]:
    return {"workspace": selection.workspace.name, "environment": selection.environment.name, "instances": instances}


def _print_lint(report: LintReport, wanted: Sequence[str], output: str) -> None:
    """Each finding on a line of its own; the exit code tells of errors."""
    found = {name: advice for name, advice in report.advice.items() if not wanted or name in wanted}
    if output == "json":
        rows = [{"instance": name, "findings": [asdict(one) for one in advice]} for name, advice in found.items()]
        print(json_text(_document(report.selection, rows)))
    else:
        for name, advice in found.items():
            for one in advice:
                print(harmless(f"{name}: {one.severity}: {one.where}: {one.message}"))
        count = sum(map(len, found.values()))
        print("nothing to say" if not count else f"{count} finding{'s' if count > 1 else ''}")
    if any(one.severity == "error" for advice in found.values() for one in advice):
        click.get_current_context().exit(EXIT_FAILED)


def _describe(instance: Instance, apps: Mapping[str, str], known: Variables, explain: bool, show_secrets: bool) -> dict[str, Any]:
    """The instance as `instances` of an environment may say it; explain: all its variables with what is known of them instead."""
    by_name = _as_it_is if show_secrets else without_secrets

    def shown(name: str, value: Any) -> Any:
        """What is read from Secrets, or given as secret, is never shown."""
        return by_name(name, known.secrets.hidden(value))

    given = {
        name: shown(name, item.value)
        for name, item in known.items.items()
        if item.value is not MISSING and item.origin.layer != "computed" and not item.source
    }
    written = known.secrets.hidden(written_instance(instance, apps))
    for check in () if show_secrets else written["health"]:
        headers = check.get("http", {}).get("headers", {})
        headers.update({name: HIDDEN for name in headers if name.lower() in _SECRET_HEADERS or without_secrets(name, "x") == HIDDEN})
    return {"instance": instance.id, **written, "variables": _explain(known, shown) if explain else given}


def _as_it_is(name: str, value: Any) -> Any:
    return value


def _explain(known: Variables, shown: Callable[[str, Any], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, variable in known.items.items():
        found[name] = {"value": None if variable.value is MISSING else shown(name, variable.value), "from": str(variable.origin)}
        if variable.template is not MISSING:
            found[name]["template"] = shown(name, variable.template)
        found[name] |= {key: known.secrets.hide(text) for key, text in (("reads", variable.source), ("why", variable.why)) if text}
        if variable.overridden:
            found[name]["overrode"] = [
                {"value": shown(name, value), "from": str(origin)} for value, origin in reversed(variable.overridden)
            ]
    return found


def _print_manifests(report: ConfigReport, chosen: list[Instance], output: str) -> None:
    wanted = {instance.id for instance in chosen}
    pairs = [(item.instance, item) for item in report.rendered if item.instance.id in wanted]
    if output == "json":
        rows = [{"instance": i.id, "manifests": [r.shown(m) for m in r.result.manifests]} for i, r in pairs]
        print(json_text(_document(report.selection, rows)))
        return
    for instance, result in pairs:
        for manifest in result.result.manifests:
            print(f"---\n# {instance.id}: {harmless(str(manifest.source.file)).replace(chr(10), ' ')}")
            print(yaml_text(result.shown(manifest)), end="")
