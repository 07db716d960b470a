# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an instance to its manifests: variables, files, engines, objects, checks."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._errors import Problem, RenderError
from .._model import Instance, Position
from .._secrets import Secrets
from .cache import SHARED, RenderCache
from .child import render_in_child
from .engines import NEED_NO_CHILD, choose, whole
from .files import AppFiles, find_files
from .manifests import Document, parse
from .object_checks import check
from .types import Advice, ClusterFacts, Engine, Manifest, RenderedFile, RenderedInstance, RenderRequest
from .variables import Hidden, context, pending, secret_texts

_VERSION = "1"
"""Part of every digest: raise it when the same input may give other manifests."""


def render_instance(
    instance: Instance,
    *,
    values: Mapping[str, Any] | None = None,
    revision: int | None = None,
    cache: RenderCache | None = None,
    root: Path | None = None,
    cluster: ClusterFacts | None = None,
) -> RenderedInstance:
    """The manifests of one instance, checked; namespaces are left as written.

    values: what was read from the cluster for `instance.values`, by variable. revision: the computed variable of that name, when it
    is known. cache: compiled templates; one for the process where none is given. root: the workspace's folder, where apps share
    kustomize bases. cluster: what Helm charts may know of it.
    Raises RenderError carrying every problem found: of all templates, else of all rendered objects.
    """
    variables = context(instance, values, revision)
    app = AppFiles(instance.folder, root)
    source = instance.manifests
    folder_engine = whole(source)
    files = () if folder_engine else find_files(source, app)
    chosen: list[tuple[Engine, tuple[Path, ...]]] = [(folder_engine, ())] if folder_engine else choose(source, files)
    rendered: list[RenderedFile] = []
    problems: list[Problem] = []
    secret, hidden = _may_be_secret(instance, values, variables), Hidden(instance, variables, values)
    for engine, group in chosen:
        request = _request(instance, group, app, variables, cache, cluster, secret, hidden)
        try:
            rendered.extend(engine.render(request) if engine.name in NEED_NO_CHILD else render_in_child(engine, request))
        except RenderError as error:
            problems.extend(error.problems)
    if problems:
        raise RenderError.of(problems)
    (cache or SHARED).tidy()
    order = {file: index for index, file in enumerate(files)}
    texts = sorted((one for one in rendered if not one.notes), key=lambda one: order.get(one.file, 0))
    documents = _documents(texts, instance, hidden)
    shown = {file: _below(root, file) for file in {one.file for one in texts}}
    manifests = tuple(
        Manifest(document.object, Position(shown[document.rendered.file], document.line), document.where) for document in documents
    )
    digest = _digest(app, [engine for engine, _group in chosen], instance, variables)
    notes = "\n".join(one.text for one in rendered if one.notes)
    return RenderedInstance(manifests, frozenset(app.inputs), digest, notes)


def _below(root: Path | None, file: Path) -> Path:
    return file.relative_to(root) if root is not None and file.is_relative_to(root) else file


def lint_instance(
    instance: Instance,
    *,
    values: Mapping[str, Any] | None = None,
    root: Path | None = None,
    cluster: ClusterFacts | None = None,
) -> tuple[Advice, ...]:
    """What the engine's own linter says (`helm lint`); () where there is none. Raises RenderError when it cannot run."""
    engine = whole(instance.manifests)
    if engine is None:
        return ()
    variables = context(instance, values)
    app, hidden = AppFiles(instance.folder, root), Hidden(instance, variables, values)
    return engine.lint(_request(instance, (), app, variables, None, cluster, True, hidden))


def _request(
    instance: Instance,
    files: tuple[Path, ...],
    app: AppFiles,
    variables: Mapping[str, Any],
    cache: RenderCache | None,
    cluster: ClusterFacts | None,
    secret: bool,
    hidden: Hidden,
) -> RenderRequest:
    return RenderRequest(
        source=instance.manifests,
        files=files,
        app=app,
        variables=variables,
        cache=cache or SHARED,
        pending=pending(instance, variables),
        computed=frozenset({"revision", *(name for name, one in instance.variables.items() if one.origin.layer == "computed")}),
        cluster=cluster,
        secret=secret,
        hide=hidden.hide,
        removed=instance.removed,
    )


def _may_be_secret(instance: Instance, values: Mapping[str, Any] | None, variables: Mapping[str, Any]) -> bool:
    """Whether something that goes in is marked or named as a secret, or comes from the cluster or the system environment."""
    outside = any(one.origin.layer == "system environment" for one in instance.variables.values())
    return bool(values) or outside or bool(secret_texts(variables)) or bool(Secrets(one.value for one in instance.variables.values()))


def _documents(rendered: list[RenderedFile], instance: Instance, hidden: Hidden) -> list[Document]:
    documents: list[Document] = []
    problems: list[Problem] = []
    for file in rendered:
        found, wrong = parse(file, hidden.holds)
        documents.extend(found)
        problems.extend(wrong)
    problems.extend(check(documents, instance.namespace, instance.manifests.namespaces))
    if problems:
        raise RenderError.of(problems)
    return documents


def _digest(app: AppFiles, engines: list[Engine], instance: Instance, variables: Mapping[str, Any]) -> str:
    """Paths are taken below the app's folder: the same workspace elsewhere has the same digest."""
    parts: dict[str, Any] = {
        "version": [_VERSION, *(engine.version for engine in engines)],
        "inputs": sorted((os.path.relpath(path, app.folder), digest) for path, digest in app.inputs.items()),
        "variables": variables,
        "namespace": instance.namespace,
        "options": dict(instance.manifests.options),
    }
    if instance.removed:
        parts["removed"] = instance.removed
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
