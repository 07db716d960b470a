# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`build` of an app or instance: from its merged form to the images that it asks for, and what a schema cannot say of it. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .template import BadTemplate, substitute
from .types import BuildSecret, ImageBuild

GIT_NAMES = ("commit", "shortCommit", "branch", "dirty")
RESERVED = ("image", "images")
"""Variables that an app with `build` gets, and so cannot have of its own."""
NOBODYS = "roro.local"
"""The registry in the names of images that say none: it does not exist, so nobody else's image is ever pulled in their place."""
_GIT = re.compile(rf"\{{\{{\s*git\.({'|'.join(GIT_NAMES)})\s*\}}\}}")
_UNITS = {"": 1, "B": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def written_build(raw: Any) -> Any:
    """`build` in its mergeable form: a folder as an object, lists of secrets by id."""
    if isinstance(raw, str):
        return {"context": raw}
    if not isinstance(raw, dict):
        return raw
    result = _image_form(raw)
    if isinstance(images := result.get("images"), dict):
        result["images"] = {name: _image_form(item) for name, item in images.items() if not name.startswith("x-")}
    return result


def _image_form(raw: Any) -> Any:
    if not isinstance(raw, dict):
        return raw
    result = {key: value for key, value in raw.items() if not key.startswith("x-")}
    if isinstance(result.get("secrets"), list):
        result["secrets"] = {name: {"environment": name} for name in result["secrets"]}
    for key in ("args", "secrets", "labels"):
        if isinstance(result.get(key), dict):
            result[key] = {name: value for name, value in result[key].items() if not name.startswith("x-")}
    return result


def images_of(settings: Mapping[str, Any], folder: Path, workspace: str, app: str) -> tuple[ImageBuild, ...]:
    """The images of merged settings, by name; the only one of an app has the app's name. folder: the app's."""
    raw = settings.get("build")
    if not raw:
        return ()
    if raw.get("images"):
        return tuple(_image(name, item, folder, f"{workspace}/{app}-{name.lower()}") for name, item in sorted(raw["images"].items()))
    return (_image(app, raw, folder, f"{workspace}/{app}", only=True),)


def _image(name: str, raw: Mapping[str, Any], folder: Path, default: str, *, only: bool = False) -> ImageBuild:
    context = Path(os.path.normpath(folder / raw.get("context", ".")))
    return ImageBuild(
        name=name,
        only=only,
        context=context,
        dockerfile=Path(os.path.normpath(context / raw.get("dockerfile", "Dockerfile"))),
        target=raw.get("target") or "",
        args={key: _as_text(value) for key, value in sorted((raw.get("args") or {}).items())},
        secrets=tuple(_secret(key, item, folder) for key, item in sorted((raw.get("secrets") or {}).items())),
        platforms=tuple(raw.get("platforms") or ()),
        repository=qualified(raw.get("image") or f"{NOBODYS}/{default}"),
        tags=tuple(raw.get("tags") or ()),
        labels=dict(sorted((raw.get("labels") or {}).items())),
        max_size=size_in_bytes(raw["maxSize"]) if raw.get("maxSize") else None,
    )


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _secret(name: str, raw: Mapping[str, Any], folder: Path) -> BuildSecret:
    file = raw.get("file")
    path = Path(os.path.normpath(folder / os.path.expanduser(file))) if file else None  # noqa: PTH111 - never raises
    return BuildSecret(name, path, raw.get("environment") or "")


def qualified(repository: str) -> str:
    """The name in full, as container runtimes spell it: `python` is `docker.io/library/python`."""
    first, slash, _rest = repository.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        return repository
    return f"docker.io/{repository}" if slash else f"docker.io/library/{repository}"


def size_in_bytes(text: str) -> int:
    """`500MB` is 500 million, `1.5Gi` is 1.5 times 2^30."""
    number = re.match(r"[0-9.]+", text)
    unit = text[number.end() if number else 0 :]
    return int(float(number[0] if number else 0) * _UNITS[unit if len(unit) < 2 else unit.removesuffix("B")])


def filled(template: str, computed: Mapping[str, str], git: Mapping[str, Any] | None) -> str:
    """The text with computed variables and `git.` ones put in. git None: only look. Raises BadTemplate."""
    known = _GIT.sub(lambda found: "x" if git is None else _as_text(git[found[1]]), template)
    return substitute(known, computed)


def names_git(image: ImageBuild) -> bool:
    """Whether an image's arguments or tags name something of `git`."""
    return any(_GIT.search(text) for text in (*image.args.values(), *image.tags))


def build_problems(
    settings: Mapping[str, Any], variables: Mapping[str, str], computed: Mapping[str, str]
) -> list[tuple[tuple[Any, ...], str, str | None]]:
    """What is wrong with `build`: path in the mergeable form, message, hint. variables: name -> the key that says it."""
    raw = settings.get("build")
    if not raw:
        return []
    found: list[tuple[tuple[Any, ...], str, str | None]] = []
    images = raw.get("images") or {}
    beside = sorted(key for key in raw if key != "images")
    if images and beside:
        words = f'found {", ".join(beside)} beside "images"'
        found.append((("build",), words, 'several images each say their own: move it into them, or leave out "images"'))
    for name in RESERVED:
        if name in variables:
            words = f'"{name}" is what `build` makes, and is a variable here as well'
            found.append(((variables[name], name), words, 'remove the variable, or "build" (an instance takes it away with "build": null)'))
    for path, image in ((("build", "images", name), item) for name, item in images.items()) if images else [(("build",), raw)]:
        found += _image_problems(path, image, computed)
    return found


def _image_problems(
    path: tuple[Any, ...], image: Mapping[str, Any], computed: Mapping[str, str]
) -> list[tuple[tuple[Any, ...], str, str | None]]:
    found: list[tuple[tuple[Any, ...], str, str | None]] = []
    for key in ("context", "dockerfile"):
        if str(image.get(key) or "").startswith(("/", "~")):
            found.append(((*path, key), f'"{image[key]}" is not below the workspace', "give a path relative to the app's folder"))
    for name, secret in (image.get("secrets") or {}).items():
        if (secret.get("file") is None) == (secret.get("environment") is None):
            words = "found both" if secret.get("file") else "found neither"
            found.append(((*path, "secrets", name), f'{words} "file" and "environment"; expected exactly one of them', None))
    templates = [((*path, "args", name), _as_text(value)) for name, value in (image.get("args") or {}).items()]
    templates += [((*path, "tags", number), tag) for number, tag in enumerate(image.get("tags") or ())]
    for place, template in templates:
        try:
            text = filled(template, computed, None)
        except BadTemplate as error:
            found.append((place, error.message, f"{error.hint}; and git.{', git.'.join(GIT_NAMES)}"))
            continue
        if place[-2] == "tags" and not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", text):
            found.append((place, f'"{template}" is no tag', "letters, digits, dots, dashes and underscores, at most 128"))
    return found
