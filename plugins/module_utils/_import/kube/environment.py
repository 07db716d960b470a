# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of a container: `env`, with what nobody may see in a Secret whose values stand in secrets.env. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..._model.sensitive import looks_secret
from ..compose.project import Project
from .app import App
from .names import key, variable

SHORTEST = 6
"""Characters of a secret value that is looked for inside of others."""
_PASSWORD_IN_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
_PLAIN = re.compile(r"[ -~]*")


def env(app: App, said: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """`env` of a container. What has no value is not set, as in Compose."""
    found: list[dict[str, Any]] = []
    for name, value in said.items():
        if value is None:
            app.tell(
                ("environment", name),
                f"{name} has no value where this is imported, and is not set",
                "set it and import again, with --allow-env NAME for a credential; or write it into the manifest",
            )
        if value is None or not name:
            continue
        if is_secret(name, value) or any(secret in value for secret in app.shared.hidden):
            reference = {"name": secret_name(app), "key": add_secret(app, name, name, value.encode())}
            found.append({"name": name, "valueFrom": {"secretKeyRef": reference}})
        else:
            found.append({"name": name, "value": escaped(value)})
    return found


def is_secret(name: str, value: str) -> bool:
    """Whether a variable is one that nobody may see: by its name, or as an address with a password in it."""
    return bool(value) and (looks_secret(name) or _PASSWORD_IN_URL.search(value) is not None)


def hidden_values(project: Project) -> dict[str, str]:
    """value -> the name of its variable, of what may stand inside of a longer text: values of secrets, and of variables whose names say
    so. Short ones stand in too many texts."""
    found: dict[str, str] = {}
    for section in ("services", "jobs"):
        for workload in (project.model.get(section) or {}).values():
            found |= {value: name for name, value in (workload.get("environment") or {}).items() if value and looks_secret(name)}
    for name, secret in (project.model.get("secrets") or {}).items():
        found[str(secret.get("x-#value") or "")] = f"SECRET_{variable(name).upper()}"
    found |= {value: name for name, value in project.environment.items() if looks_secret(name)}
    return {value: variable(name) for value, name in sorted(found.items()) if len(value) >= SHORTEST}


def hidden_in_words(app: App, words: Sequence[str], variables: list[dict[str, Any]]) -> list[str]:
    """The words of a command as the kubelet reads them. A value that nobody may see stands as `$(NAME)`, and is put into `variables`."""
    longest_first = sorted(app.shared.hidden, key=len, reverse=True)
    return [
        _without_secrets(app, word, longest_first, variables) if any(each in word for each in longest_first) else escaped(word)
        for word in words
    ]


def _without_secrets(app: App, word: str, secrets: list[str], variables: list[dict[str, Any]]) -> str:
    inside = next((secret for secret in secrets if secret in word), None)
    if inside is None:
        return word.replace("$", "$$")
    name = app.shared.hidden[inside]
    entry = {"name": name, "valueFrom": {"secretKeyRef": {"name": secret_name(app), "key": add_secret(app, name, name, inside.encode())}}}
    known = next((each for each in variables if each["name"] == name), None)
    if known is None:
        variables.append(entry)
    elif known != entry:
        return word.replace("$", "$$")  # the container has another value of that name
    rest = [secret for secret in secrets if secret != inside]
    return f"$({name})".join(_without_secrets(app, part, rest, variables) for part in word.split(inside))


def escaped(text: str) -> str:
    """The text so that the kubelet, which replaces $(NAME), leaves it as it is."""
    return text.replace("$", "$$") if "$$" in text or "$(" in text else text


def secret_name(app: App) -> str:
    """The name of the app's own Secret."""
    return f"{app.instance}-secrets"


def add_secret(app: App, name: str, wish: str, value: bytes) -> str:
    """Put a value into the app's Secret; its key there. wish: the name of its variable in secrets.env."""
    at = key(name)
    number = 2
    while at in app.secret_files and _expression(app, wish, value, store=False) != app.secret_files[at]:
        at, number = f"{key(name)}-{number}", number + 1
    app.secret_files[at] = _expression(app, wish, value, store=True)
    return at


def _expression(app: App, wish: str, value: bytes, *, store: bool) -> str:
    """The expression for the Secret's `data`; a value that is no simple text stands in base64 in secrets.env."""
    text = value.decode("utf-8", "replace")
    plain = _PLAIN.fullmatch(text) is not None and "'" not in text and "\\" not in text
    name, filter_ = (variable(wish), " | b64encode") if plain else (f"{variable(wish)}_base64", "")
    written = text if plain else base64.b64encode(value).decode()
    number, unique = 2, name
    while app.secrets.get(unique, written) != written:
        unique, number = f"{name}_{number}", number + 1
    if store:
        app.secrets[unique] = written
    return f"{unique}{filter_}"


def secret_object(app: App) -> dict[str, Any] | None:
    """The app's Secret, or None where it needs none."""
    if not app.secret_files:
        return None
    data = {name: app.template.text(expression) for name, expression in app.secret_files.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret_name(app)}, "type": "Opaque", "data": data}
