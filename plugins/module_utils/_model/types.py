# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workspace as data: what the documents say after schema, defaults and merge. Pure; no I/O.

Field names are the documents' own in snake_case. Durations are seconds (float). Paths are absolute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Condition = Literal["started", "healthy", "completed"]
OnFailure = Literal["keep", "rollback", "stop"]
OnImmutable = Literal["refuse", "recreate"]
Adoption = Literal["mustMatch", "adoptIfFree", "adoptAll"]
DriftMode = Literal["correct", "propose", "report"]
DEFAULT_RESTART_ON = frozenset({"config"})


class _Missing:
    """Stands for "no default was written", which is not the same as null."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


@dataclass(frozen=True)
class Position:
    """A place in a document or template: path, 1-based line and column."""

    file: Path
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def json_path(path: Iterable[str | int]) -> str:
    """A path of keys and indexes as `$.instances[1].app`."""
    return "$" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if step.replace("_", "a").isalnum() else f"['{step}']" for step in path
    )


@dataclass(frozen=True)
class Place:
    """A place in a document by its path, such as ("instances", 1, "app"). Cheap: `locate` reads the file again for line and column."""

    document: Path
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return f"{self.document} at {self.json_path}"

    @property
    def json_path(self) -> str:
        """The path as `$.instances[1].app`."""
        return json_path(self.path)


@dataclass(frozen=True)
class Origin:
    """Where a variable came from. layer: workspace, app, environment, instance, command line, system environment, value or computed.

    place: in the document that says so, None for layers without one. position: the same with line and column, filled in by `explain`.
    """

    layer: str
    position: Position | None = None
    place: Place | None = None

    def __str__(self) -> str:
        where = self.position or self.place
        return f"{self.layer} ({where})" if where else self.layer


@dataclass(frozen=True)
class Variable:
    """One variable after the merge: its value, where that came from, and what it overrode (weakest first)."""

    value: Any
    origin: Origin
    overridden: tuple[tuple[Any, Origin], ...] = ()


@dataclass(frozen=True)
class ValuesFile:
    """A Helm values file. file: below the app's folder, a template over the computed variables. required: missing is an error."""

    file: str
    required: bool = True


@dataclass(frozen=True)
class ManifestSource:
    """Where an app's manifests are. engine: name, or None to choose by file suffix. path: folder. include: glob patterns below it.
    namespaces: namespaces other than the instance's own that manifests may name. values: Helm's values files, weakest first."""

    engine: str | None
    path: Path
    include: tuple[str, ...]
    namespaces: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    values: tuple[ValuesFile, ...] = ()


@dataclass(frozen=True)
class BuildSecret:
    """A secret that a build may see. One of file (absolute) and environment (the name of a variable); never what is in it."""

    id: str
    file: Path | None = None
    environment: str = ""


@dataclass(frozen=True)
class ImageBuild:
    """An image that is built from sources. only: the app's one image, `{{ image }}` in its templates. target: "" for the last stage.

    context and dockerfile are absolute. args and tags may name computed variables. repository: the image's name in full, without a tag.
    platforms: () for that of the builder. max_size: bytes.
    """

    name: str
    context: Path
    dockerfile: Path
    repository: str
    only: bool = False
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[BuildSecret, ...] = ()
    platforms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    max_size: int | None = None


@dataclass(frozen=True)
class ValueSource:
    """A variable read from the cluster: resource and JSONPath. Exactly one of name and selector. wait: seconds or None.
    engine: the path's dialect, "" to tell by the path. place: in the document. overridden: what it replaced, weakest first."""

    variable: str
    api_version: str
    kind: str
    name: str | None
    selector: str | None
    namespace: str | None
    path: str
    default: Any = MISSING
    required: bool = True
    wait: float | None = None
    engine: str = ""
    layer: str = "app"
    place: Place | None = None
    overridden: tuple[tuple[Any, Origin], ...] = ()


@dataclass(frozen=True)
class SystemVariable:
    """A variable taken from the system environment because the document names it."""

    variable: str
    default: Any = MISSING
    place: Place | None = None


@dataclass(frozen=True)
class AppDependency:
    """What an app document says: this app needs that app."""

    app: str
    condition: Condition = "healthy"
    required: bool = True
    place: Place | None = None


@dataclass(frozen=True)
class InstanceDependency:
    """The same resolved to an instance of the selection (an optional dependency that is not there is left out)."""

    instance: str
    condition: Condition
    required: bool


@dataclass(frozen=True)
class ReadinessRule:
    """A user's rule for when objects of a kind are ready. kind: `Kind` or `Kind.group`. Exactly one of path tests, condition, any_of.
    fails: values of path that mean it will never be ready."""

    kind: str
    name: str | None = None
    path: str | None = None
    equals: Any = MISSING
    one_of: tuple[Any, ...] = ()
    exists: bool | None = None
    condition: str | None = None
    any_of: tuple[ReadinessRule, ...] = ()
    fails: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Forward:
    """A local port bound to a target (`service/api`, `pod/x`, `deployment/x`, `statefulset/x`). port: number or name.
    local_port: number, "auto", or None for the same number next time."""

    name: str
    target: str
    port: int | str
    local_port: int | str | None = None
    bind: str | None = None
    open: str | None = None


@dataclass(frozen=True)
class HealthCheck:
    """A check run through a forward or exec. probe: the `http`, `tcp` or `exec` mapping as written. failures, successes: in a row.

    interval, timeout and start_period (in which failures of a new pod that never passed do not count) in seconds.
    """

    name: str
    kind: Literal["http", "tcp", "exec"]
    probe: Mapping[str, Any]
    interval: float = 10.0
    timeout: float = 5.0
    failures: int = 3
    successes: int = 1
    start_period: float = 30.0
    restart: bool = False


@dataclass(frozen=True)
class DriftIgnore:
    """Fields of objects whose drift does not count. kind: `Kind` (in any group) or `Kind.group`; name: of the object, None for every one.
    path: a JSONPath, which may select several fields. place: where the rule is written."""

    kind: str
    name: str | None
    path: str
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Window:
    """A span of the day in which changes may be made. days: on which it begins, 0 is Monday. start, end: minutes of the day there, end at
    most 1440; an end that is not after the start is on the next day. timezone: a name of the IANA database."""

    days: frozenset[int]
    start: int
    end: int
    timezone: str = "UTC"


@dataclass(frozen=True)
class Drift:
    """What is done about differences between the documents and the cluster. ignore: rules of every layer. suspend: nothing is changed.
    windows: when something may be changed; without any: always."""

    mode: DriftMode = "report"
    ignore: tuple[DriftIgnore, ...] = ()
    suspend: bool = False
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True)
class App:
    """`apps/<app>/app.json`, on its own. `document` is the file it came from, `raw` what it says, as written. files: those of `envFile`,
    weakest first, with what is in them."""

    name: str
    folder: Path
    document: Path
    manifests: ManifestSource
    description: str = ""
    namespace: str | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict)
    system_environment: tuple[SystemVariable, ...] = ()
    values: tuple[ValueSource, ...] = ()
    depends_on: tuple[AppDependency, ...] = ()
    readiness: tuple[ReadinessRule, ...] = ()
    forwards: tuple[Forward, ...] = ()
    health: tuple[HealthCheck, ...] = ()
    profiles: tuple[str, ...] = ()
    timeout: float = 300.0
    on_failure: OnFailure | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    files: tuple[tuple[Path, Mapping[str, str]], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class InstanceEntry:
    """One item of an environment's `instances`, before the merge: raw overrides as written, and the place of the item."""

    app: str
    suffix: str
    overrides: Mapping[str, Any]
    place: Place

    @property
    def id(self) -> str:
        """`<app>` or `<app>-<suffix>`."""
        return f"{self.app}-{self.suffix}" if self.suffix else self.app


@dataclass(frozen=True)
class Environment:
    """`environments/<env>/environment.json`. context/kubeconfig: the cluster, or both None for the one named on the command line.
    entries is None when the document has no `instances` (one instance of every app). raw: what the document says, as written."""

    name: str
    folder: Path
    document: Path
    context: str | None = None
    kubeconfig: Path | None = None
    namespace: str | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict)
    entries: tuple[InstanceEntry, ...] | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Instance:
    """One app placed in one environment, everything merged: what rendering and release work on.

    variables are those known without the cluster, computed ones included; values are still to be read. removed: what documents or
    command line removed with null, as nested maps that end in None. absent: computed variables that have no value here -> why.
    notes: sentences for whoever brings it up.
    on_failure, on_immutable, restart_on, adoption and timeout (seconds) have their defaults filled in.
    """

    id: str
    app: str
    suffix: str
    environment: str
    workspace: str
    namespace: str
    folder: Path
    manifests: ManifestSource
    variables: Mapping[str, Variable]
    values: tuple[ValueSource, ...] = ()
    depends_on: tuple[InstanceDependency, ...] = ()
    readiness: tuple[ReadinessRule, ...] = ()
    forwards: tuple[Forward, ...] = ()
    health: tuple[HealthCheck, ...] = ()
    profiles: tuple[str, ...] = ()
    timeout: float = 300.0
    on_failure: OnFailure = "keep"
    on_immutable: OnImmutable = "refuse"
    restart_on: frozenset[str] = DEFAULT_RESTART_ON
    adoption: Adoption = "adoptIfFree"
    drift: Drift = Drift()
    builds: tuple[ImageBuild, ...] = ()
    removed: Mapping[str, Any] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workspace:
    """`workspace.json` and everything discovered below it. root: absolute folder. raw: what the document says, as written.

    default_environment: as the document says. git: {} or url, branch, interval (seconds), strategy, push. drift: as this document says.
    """

    name: str
    root: Path
    document: Path
    apps: Mapping[str, App]
    environments: Mapping[str, Environment]
    namespace: str = "{{ workspace }}-{{ environment }}"
    variables: Mapping[str, Variable] = field(default_factory=dict)
    git: Mapping[str, Any] = field(default_factory=dict)
    on_failure: OnFailure = "keep"
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    default_environment: str | None = None
    drift: Drift = Drift()

    @property
    def implied_environment(self) -> str | None:
        """The environment that is meant where none is named: the default one, else the only one, else None."""
        only = next(iter(self.environments)) if len(self.environments) == 1 else None
        return self.default_environment or only


@dataclass(frozen=True)
class Selection:
    """What a command works on: an environment and its instances in dependency order (dependencies first, then by id).

    complete: True when no instance of the environment was left out by name (then what left the workspace may be pruned).
    left_out: ids of the environment's instances that are not in this selection (by name or profile): they have not left the workspace.
    notices: sentences for a person (an optional dependency that is not there, instances left out by profile).
    """

    workspace: Workspace
    environment: Environment
    instances: tuple[Instance, ...]
    complete: bool
    notices: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
