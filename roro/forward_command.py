"""`roro forward`: local ports of an environment or of anything in a cluster, kept open by a daemon. It talks to the daemon alone."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import ClusterError, RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._forward import (
    ForwardClient,
    ForwardStatus,
    known_forwards,
    settled,
)
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, forward_target, forwards_of, open_forwards
from click.shell_completion import CompletionItem

from .arguments import cluster_options, complete_names, later, output_option, workspace_option
from .errors import EXIT_FAILED
from .examples import did_you_mean, examples
from .forward_names import Where, exact_forwards, is_exact, meant_forwards
from .json_output import json_text
from .notes import tell
from .requests import build_request
from .tables import make_table, print_table

STYLES = {
    "Active": "green",
    "Reconnecting": "yellow",
    "Waiting": "yellow",
    "Starting": "yellow",
    "Conflict": "red",
    "Failed": "red",
    "Stopped": "dim",
}
PATIENCE = 15.0
"""Seconds that a command waits for a forward to be Active; it goes on trying afterwards."""


def _complete_meant(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Environments and instances, then forwards that are known."""
    return [*complete_names(context, parameter, incomplete), *later("complete_forwards")(context, parameter, incomplete)]


class ForwardGroup(click.Group):
    """A word with a slash is a target, no word the list."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command in that was meant."""
        first = next((word for word in args if not word.startswith("-")), None)
        if first is None and not {"-h", "--help"} & set(args):
            args = ["list", *args]
        elif first is not None and "/" in first and first not in self.commands:
            args = ["to", *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but a word that is no command may be a target without its kind. Raises UsageError."""
        word = args[0] if args else ""
        if word and not word.startswith("-") and word not in self.commands:
            listed = ", ".join(name for name, command in self.commands.items() if not command.hidden)
            near = did_you_mean(word, self.commands)
            hint = f"A target has a kind, such as service/{word}; commands: {listed}."
            raise UsageError(f'"{word}" is neither a target nor a command of `roro forward`', hint=f"{near} {hint}".strip())
        return super().resolve_command(ctx, args)


@click.group(
    cls=ForwardGroup,
    epilog=examples("roro forward service/web 8080:80", "roro forward", "roro forward start dev", "roro forward stop --all"),
)
def forward() -> None:
    """Open local ports to what runs in the cluster, and keep them open.

    roro forward TARGET PORT...: TARGET is service/NAME, deployment/NAME, statefulset/NAME, daemonset/NAME, replicaset/NAME, job/NAME or
    pod/NAME (short: svc/, deploy/, sts/, ds/, rs/, po/), PORT is LOCAL:REMOTE, :REMOTE for any free local port, or REMOTE for the same
    number. Without arguments all forwards are listed. The ports stay open in the
    background, over restarts of pods and of this command, until they are stopped.
    """


@forward.command("to", hidden=True)
@click.argument("target")
@click.argument("ports", nargs=-1, required=True, metavar="[LOCAL:]REMOTE...")
@click.option("-n", "--namespace", help="Namespace of the target (default: the context's own).")
@click.option("--address", "addresses", multiple=True, help="Local address to listen on (default: 127.0.0.1 and ::1); may be repeated.")
@cluster_options
@output_option
def to_target(
    target: str,
    ports: tuple[str, ...],
    namespace: str | None,
    addresses: tuple[str, ...],
    context: str | None,
    kubeconfig: Path | None,
    output: str,
) -> None:
    """Forward ports to a target, made by hand."""
    specs = forward_target(target, ports, namespace=namespace, bind=addresses, context=context, kubeconfig=kubeconfig)
    ids = [spec.id for spec in specs]
    refuse_twice(ids)
    before = {status.id: status.local_port for status in known_forwards() if status.state != "Stopped"}
    with ForwardClient.started() as client:
        changed = client.start(specs).changed
    found = settled(ids, PATIENCE, lambda status: status.settled or status.reason == "NotFound")
    missing = next((status for status in found if status.reason == "NotFound"), None)
    if missing is not None:
        with ForwardClient.started() as client:
            client.remove(sorted(changed))
        raise ClusterError(missing.message, where=f"namespace {missing.namespace}", hint="Name another target, or a namespace with -n.")
    for status in found:
        if note := moved(before.get(status.id), status):
            tell(note)
    show(found, output)


def refuse_twice(ids: list[str]) -> None:
    """Raise UsageError where one forward is asked for with several local ports at once: the last would silently win."""
    if len(set(ids)) < len(ids):
        raise UsageError("one port of the target is given several times", hint="Give each its own command with an --address of its own.")


def moved(before: int | None, now: ForwardStatus) -> str:
    """What to say of a forward that was open on another local port, or ""."""
    if before is None or now.local_port is None or before == now.local_port:
        return ""
    words = f"the forward to {remote(now)} moved from local port {before} to {now.local_port}; {before} is closed"
    return f"{words} (a second one beside it needs an --address of its own)"


@forward.command("list", epilog=examples("roro forward list", "roro forward list --watch", "roro forward list -o json"))
@click.option("--watch", is_flag=True, help="Tell each change of a state, until Ctrl-C.")
@output_option
def list_command(watch: bool, output: str) -> None:
    """List all forwards."""
    if not watch:
        show(known_forwards(), output, fail=False)
        _tell_troubles()
        return
    with ForwardClient.started() as client:
        last: dict[str, tuple[str, str]] = {}
        for status in client.watch():
            if last.get(status.id) != (status.state, status.pod):
                last[status.id] = (status.state, status.pod)
                print(json_text(status.as_record(), line=True) if output == "json" else line_of(status), flush=True)


def _tell_troubles() -> None:
    """What does not work in the daemon itself, where one runs."""
    client = ForwardClient.running()
    if client is not None:
        with client, contextlib.suppress(RoroError):
            for words in client.troubles():
                tell(words)


@forward.command("start", epilog=examples("roro forward start dev", "roro forward start dev web", "roro forward start --all"))
@click.argument("names", nargs=-1, metavar="[ENV] [INSTANCE]... | TARGET | ID...", shell_complete=_complete_meant)
@click.option("--all", "everything", is_flag=True, help="All forwards that were stopped.")
@workspace_option
@cluster_options
@output_option
def start_command(
    names: tuple[str, ...], everything: bool, workspace: Path | None, context: str | None, kubeconfig: Path | None, output: str
) -> None:
    """Open the forwards of an environment's documents, or ones that were stopped."""
    known = known_forwards()
    if everything or (names and is_exact(names, known)):
        ids = sorted(status.id for status in known) if everything else exact_forwards(names, known, Where(context=context))
        with ForwardClient.started() as client:
            client.resume(ids)
    else:
        request = _request(workspace, names, context, kubeconfig)
        ids = [status.id for status in open_forwards(request, wait=0).forwards]
    show(settled(ids, PATIENCE), output)


@forward.command("stop", epilog=examples("roro forward stop dev", "roro forward stop svc/web -n shop", "roro forward stop --all --forget"))
@click.argument("names", nargs=-1, metavar="[ENV] [INSTANCE]... | TARGET | ID...", shell_complete=_complete_meant)
@click.option("--all", "everything", is_flag=True, help="All forwards.")
@click.option("--forget", is_flag=True, help="Also forget them, so that they are listed no more.")
@click.option("-n", "--namespace", help="Only those into this namespace.")
@click.option("--context", help="Only those into the cluster of this context.", shell_complete=later("complete_contexts"))
@workspace_option
@output_option
def stop_command(
    names: tuple[str, ...],
    everything: bool,
    forget: bool,
    namespace: str | None,
    context: str | None,
    workspace: Path | None,
    output: str,
) -> None:
    """Close forwards: of an environment, of some instances, of a target, or by their ids. They stay known until they are forgotten.

    A TARGET means what was opened to it by hand, in one cluster and namespace: where it is open in several, -n or --context says which.
    Forwards of documents are closed with their environment.
    """
    ids = _meant(names, everything, workspace, Where(namespace, context))
    if ids:
        with ForwardClient.started() as client:
            outcome = client.remove(ids) if forget else client.stop(ids)
        print(f"{len(outcome.changed)} stopped" if not forget else f"{len(outcome.changed)} forgotten", file=sys.stderr)
        show(outcome.of(ids), output, fail=False)
    else:
        print("0 stopped", file=sys.stderr)


@forward.command("shutdown", epilog=examples("roro forward shutdown"))
def shutdown_command() -> None:
    """End the daemon. What is open is opened again by the next command that needs it."""
    client = ForwardClient.running()
    if client is not None:
        with client:
            client.shutdown()


def _meant(names: tuple[str, ...], everything: bool, workspace: Path | None, where: Where) -> list[str]:
    """Ids of what is to be stopped. Raises UsageError."""
    known = known_forwards()
    if everything:
        return [status.id for status in known if where.has(status)]
    if not names:
        raise UsageError("which forwards?", hint="Name ids or targets as `roro forward` lists them, an environment, or give --all.")
    return meant_forwards(names, known, where, lambda of: forwards_of(_request(workspace, of, None, None)))


def _request(workspace: Path | None, names: tuple[str, ...], context: str | None, kubeconfig: Path | None) -> Request:
    return build_request(workspace, names, context=context, kubeconfig=kubeconfig)


def show(statuses: Iterable[ForwardStatus], output: str, *, fail: bool = True) -> None:
    """Print forwards; leaves with 1 when one of them cannot work."""
    rows = list(statuses)
    if output == "json":
        print(json_text({"forwards": [status.as_record() for status in rows]}))
    else:
        _print_forwards(rows)
    if fail and any(status.state in ("Conflict", "Failed") for status in rows):
        click.get_current_context().exit(EXIT_FAILED)


def line_of(status: ForwardStatus) -> str:
    """One forward on a line."""
    words = ": ".join(part for part in (status.reason, status.message) if part)
    return "  ".join(part for part in (status.id, f"{local(status)} -> {remote(status)}", status.state, status.pod, words) if part)


def local(status: ForwardStatus) -> str:
    """The local end."""
    if status.addresses:
        return status.addresses[0]
    return f"port {status.local_port}" if status.local_port else "-"


def remote(status: ForwardStatus) -> str:
    """The far end."""
    return f"{status.namespace}/{status.target}:{status.port}"


def _print_forwards(rows: list[ForwardStatus]) -> None:
    from rich.text import Text

    if not rows:
        print("no forwards; open one with `roro forward service/NAME LOCAL:REMOTE`", file=sys.stderr)
        return
    table = make_table(("ID", "LOCAL", "TARGET", "OF", "STATE", "POD", "REASON"), folding="REASON")
    for status in rows:
        reason = ": ".join(part for part in (status.reason, status.message) if part)
        if status.free_port:
            reason += f"; {status.free_port} is free"
        state = Text(status.state, style=STYLES[status.state])
        table.add_row(status.id, local(status), remote(status), str(status.origin), state, status.pod, reason)
    print_table(table)
