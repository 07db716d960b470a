# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds: kept under `x-build` in app.json, in the words that `build` of app.json has. Pure."""

from __future__ import annotations

import os
from typing import Any

from .app import App
from .environment import is_secret

_KEPT: tuple[str, ...] = (
    *("dockerfile", "target", "platforms", "tags", "network", "no_cache", "pull", "cache_from", "cache_to", "labels", "extra_hosts"),
    *(
        "dockerfile_inline",
        "entitlements",
        "no_cache_filter",
        "provenance",
        "sbom",
        "shm_size",
        "isolation",
        "privileged",
        "ulimits",
        "ssh",
    ),
)


def image(app: App) -> str:
    """The image's name: said, or the one that Compose gives what it builds."""
    said = str(app.said.get("image") or "")
    if app.said.get("build") is not None:
        app.tell(
            "build",
            f"the import does not build: {said or _built(app)} must be where the nodes find it",
            "roro up --build makes it when x-build in app.json is renamed to build and the variable image goes; or build it as you do now,"
            " then roro cluster load IMAGE.tar, or push it",
        )
    return said or _built(app)


def _built(app: App) -> str:
    return f"{app.project.name}-{app.path[1]}:latest"


def build_note(app: App, folder: str) -> dict[str, Any] | None:
    """`x-build` of app.json, or None. folder: the app's, which paths are relative to; `dockerfile` is
    relative to the context, as in Compose."""
    build = app.said.get("build")
    if build is None:
        return None

    def near(path: Any) -> Any:
        return os.path.relpath(path, folder) if isinstance(path, str) and path.startswith("/") else path

    found: dict[str, Any] = {"context": near(build.get("context"))}
    found |= {_camel(key): build[key] for key in _KEPT if build.get(key) not in (None, [], {}, False)}
    if build.get("dockerfile") == "Dockerfile":
        found.pop("dockerfile", None)
    arguments = {name: value for name, value in (build.get("args") or {}).items() if value is not None}
    for name in [name for name, value in arguments.items() if is_secret(name, value) or any(each in value for each in app.shared.hidden)]:
        del arguments[name]
        app.tell(("build", "args", name), f"{name} looks secret and is not kept in x-build", "give it to the build when it runs")
    if arguments:
        found["args"] = arguments
    contexts = build.get("additional_contexts") or {}
    if contexts:
        found["additionalContexts"] = {name: near(context) for name, context in contexts.items()}
    if build.get("secrets"):
        found["secrets"] = list(dict.fromkeys(item.get("source") for item in build["secrets"]))
    if found.get("ssh"):
        found["ssh"] = {name: near(path) for name, path in found["ssh"].items()}
    return found


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)
