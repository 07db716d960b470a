# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables and template engines -> validated manifests.

Pure apart from reading the app's own files: values read from the cluster come in as data.
May import `_model`, `_errors`, `_objects`, `_secrets`, `_state`.

Front door:
    render_instance(instance, values=..., revision=..., cache=..., root=..., cluster=...) -> RenderedInstance
    lint_instance(instance, ...) -> what the engine's own linter says
    context(instance, values, revision) -> the variables that the templates see
    resolved(instance, values) -> the same, with what is secret marked
    RenderCache(directory) keeps compiled templates, on disk when `_state.cache_directory("templates")` is given
    ENGINES, the engines of this version by name; WHOLE, those that take a folder as a whole; whole(source) -> which, if any
    find_command(name) -> where helm, kubectl or kustomize is
    repeated(object, where, shapes) -> items of its lists that the server could not tell apart; defined_shapes(objects) -> those shapes
    ClusterFacts: what charts may know of the cluster; the room itself never asks one
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from .cache import RenderCache
    from .commands import find_command
    from .engines import ENGINES, WHOLE, whole
    from .merge_keys import defined_shapes
    from .object_checks import repeated
    from .render import lint_instance, render_instance
    from .types import Advice, ClusterFacts, Engine, Manifest, RenderedFile, RenderedInstance, RenderRequest, TemplateLine
    from .variables import context, resolved

__all__ = [
    "ENGINES",
    "WHOLE",
    "Advice",
    "ClusterFacts",
    "Engine",
    "Manifest",
    "RenderCache",
    "RenderRequest",
    "RenderedFile",
    "RenderedInstance",
    "TemplateLine",
    "context",
    "defined_shapes",
    "find_command",
    "lint_instance",
    "render_instance",
    "repeated",
    "resolved",
    "whole",
]

_FILES = {
    "cache": ("RenderCache",),
    "object_checks": ("repeated",),
    "commands": ("find_command",),
    "engines": ("ENGINES", "WHOLE", "whole"),
    "merge_keys": ("defined_shapes",),
    "render": ("lint_instance", "render_instance"),
    "types": ("Advice", "ClusterFacts", "Engine", "Manifest", "RenderedFile", "RenderedInstance", "RenderRequest", "TemplateLine"),
    "variables": ("context", "resolved"),
}

__getattr__ = lazily(__name__, _FILES)
