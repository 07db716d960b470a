# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an instance to its manifests: variables, files, engines, objects, checks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from .._errors import Problem, RenderError
from .._model import Instance, Position
from .cache import SHARED, RenderCache
from .checks import check
from .engines import choose
from .files import AppFiles, find_files
from .manifests import Document, parse
from .types import Engine, Manifest, RenderedFile, RenderedInstance, RenderRequest
from .variables import context, pending, secret_texts

_VERSION = "1"
"""Part of every digest: raise it when the same input may give other manifests."""


def render_instance(
    instance: Instance,
    *,
    values: Mapping[str, Any] | None = None,
    revision: int | None = None,
    cache: RenderCache | None = None,
) -> RenderedInstance:
    """The manifests of one instance, checked; namespaces are left as written.

    values: what was read from the cluster for `instance.values`, by variable. revision: the computed variable of that name, when it
    is known. cache: compiled templates; one for the process where none is given.
    Raises RenderError carrying every problem found: of all templates, else of all rendered objects.
    """
    variables = context(instance, values, revision)
    app = AppFiles(instance.folder)
    source = instance.manifests
    files = find_files(source, app)
    chosen = choose(source, files)
    rendered: list[RenderedFile] = []
    problems: list[Problem] = []
    for engine, group in chosen:
        request = RenderRequest(source, group, app, variables, cache or SHARED, pending(instance, variables))
        try:
            rendered.extend(engine.render(request))
        except RenderError as error:
            problems.extend(error.problems)
    if problems:
        raise RenderError.of(problems)
    (cache or SHARED).tidy()
    order = {file: index for index, file in enumerate(files)}
    documents = _documents(sorted(rendered, key=lambda one: order.get(one.file, 0)), instance, variables)
    manifests = tuple(Manifest(document.object, Position(document.rendered.file, document.line)) for document in documents)
    return RenderedInstance(manifests, frozenset(app.inputs), _digest(app, [engine for engine, _group in chosen], instance, variables))


def _documents(rendered: list[RenderedFile], instance: Instance, variables: Mapping[str, Any]) -> list[Document]:
    documents: list[Document] = []
    problems: list[Problem] = []
    secrets = secret_texts(variables)
    for file in rendered:
        found, wrong = parse(file, secrets)
        documents.extend(found)
        problems.extend(wrong)
    problems.extend(check(documents, instance.namespace, instance.manifests.namespaces))
    if problems:
        raise RenderError.of(problems)
    return documents


def _digest(app: AppFiles, engines: list[Engine], instance: Instance, variables: Mapping[str, Any]) -> str:
    """Paths are taken below the app's folder: the same workspace elsewhere has the same digest."""
    parts = {
        "version": [_VERSION, *(engine.version for engine in engines)],
        "inputs": sorted((path.relative_to(app.folder).as_posix(), digest) for path, digest in app.inputs.items()),
        "variables": variables,
        "namespace": instance.namespace,
        "options": dict(instance.manifests.options),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
