# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the `build` of instances to images: what is to be built, under which names, and the computed variables that manifests get.

Which reference an instance gets is known without building: it follows from the sources. Only where a local cluster was given an older
image from here, and the sources changed since, it keeps that one until somebody builds: nobody else has the newer one either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._build import ImageSpec, inputs_of, read_last, reference_of
from .._errors import BuildError, DocumentError, GitError
from .._model import ImageBuild, Instance, Origin, Selection, Variable, filled, names_git
from .._secrets import literal
from .git_variables import git_facts

ONE, SEVERAL = "image", "images"
"""The computed variables: the reference of an app's one image; references by name."""


@dataclass(frozen=True)
class WantedImage:
    """An image, with every label that instances know it by: several instances of an app have one image where it is built alike."""

    spec: ImageSpec
    labels: tuple[str, ...]


def wanted_images(selection: Selection) -> list[WantedImage]:
    """What the instances need, each once. Raises BuildError, DocumentError."""
    facts = _Facts(selection)
    found: list[tuple[ImageSpec, list[str]]] = []
    for instance in selection.instances:
        for image in instance.builds:
            spec = image_spec(instance, image, selection, facts)
            labels = next((labels for one, labels in found if replace(one, label="") == replace(spec, label="")), None)
            if labels is None:
                found.append((spec, [spec.label]))
            else:
                labels.append(spec.label)
    return [WantedImage(spec, tuple(labels)) for spec, labels in found]


class _Facts:
    """Those of Git, asked for once, and only where somebody names them."""

    def __init__(self, selection: Selection) -> None:
        self._root = selection.workspace.root
        self._known: Mapping[str, Any] | None = None

    def of(self, image: ImageBuild) -> Mapping[str, Any]:
        if not names_git(image):
            return {}
        if self._known is None:
            self._known = git_facts(self._root)
        return self._known


def image_spec(instance: Instance, image: ImageBuild, selection: Selection, facts: _Facts) -> ImageSpec:
    """The image with its templates filled in. Raises BuildError."""
    label = instance.id if image.only else f"{instance.id}/{image.name}"
    computed = {name: str(one.value) for name, one in instance.variables.items() if one.origin.layer == "computed"}
    try:
        git = facts.of(image)
    except GitError as error:
        problem = error.problems[0]
        raise BuildError(f"image {label} names git, and {problem.message}", where=problem.where, hint=problem.hint) from error
    texts = {
        "args": {name: filled(value, computed, git) for name, value in image.args.items()},
        "tags": tuple(filled(tag, computed, git) for tag in image.tags),
    }
    return ImageSpec(**{**vars(image), **texts}, label=label, root=selection.workspace.root)


def with_images(selection: Selection) -> Selection:
    """The selection with `image` and `images` in the instances that build some; where a reference cannot be known they have the reason."""
    if not any(instance.builds for instance in selection.instances):
        return selection
    facts = _Facts(selection)
    changed = (_with_references(one, selection, facts) if one.builds else one for one in selection.instances)
    return replace(selection, instances=tuple(changed))


def _with_references(instance: Instance, selection: Selection, facts: _Facts) -> Instance:
    references: dict[str, str] = {}
    notes: list[str] = []
    try:
        for image in instance.builds:
            spec = image_spec(instance, image, selection, facts)
            references[image.name], note = _reference(spec, selection)
            notes += [note] if note else []
    except (BuildError, DocumentError) as error:
        problem = error.problems[0]
        why = "; ".join(text for text in (problem.message, problem.where, problem.hint) if text)
        return replace(instance, absent={**instance.absent, ONE: why, SEVERAL: why})
    made = {SEVERAL: Variable(literal(references), Origin("computed"))}
    if instance.builds[0].only:
        made[ONE] = Variable(literal(references[instance.builds[0].name]), Origin("computed"))
    return replace(instance, variables={**instance.variables, **made}, notes=(*instance.notes, *notes))


def _reference(spec: ImageSpec, selection: Selection) -> tuple[str, str]:
    """The reference, and what is to be said of it."""
    inputs = inputs_of(spec)
    last = read_last(spec.root, selection.environment.name, spec.label)
    if last is not None and last.inputs == inputs:
        return last.reference, ""
    if last is not None and last.local:
        return last.reference, f"image {spec.label}: its sources changed since it was built: `roro up --build` brings them along"
    return reference_of(spec, inputs), ""
