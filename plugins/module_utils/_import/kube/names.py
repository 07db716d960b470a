# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that Kubernetes takes, out of names that Compose takes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_LABEL_KEY = re.compile(r"(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


def label(text: str, most: int = 52) -> str:
    """The text as the name of an object, a host or an app: lower-case letters, digits, dashes. Jobs and pods add to it: 52 are left."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:most].rstrip("-")
    return plain.removeprefix("x-") or "app"


def labels(texts: Iterable[str]) -> dict[str, str]:
    """A name for each, no two alike."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for text in texts:
        plain, number = label(text), 2
        name = plain
        while name in taken:
            name, number = f"{plain[:48]}-{number}", number + 1
        taken.add(name)
        found[text] = name
    return found


def is_host(text: str) -> bool:
    """Whether a Service may have this name."""
    return re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", text) is not None


def key(text: str) -> str:
    """The text as a key of a ConfigMap or Secret."""
    return re.sub(r"[^-._a-zA-Z0-9]+", "_", text.strip("/")) or "file"


def variable(text: str) -> str:
    """The text as the name of a variable."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", text)
    return f"_{plain}" if plain[:1].isdigit() or not plain else plain


def port_name(text: str) -> str:
    """The text as the name of a port: at most 15 signs, a letter among them."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:15].strip("-")
    return plain if re.search(r"[a-z]", plain) else f"p-{plain}"[:15].strip("-")


def divided(said: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """(labels, annotations, keys that are neither) of Compose's labels, which may hold any text."""
    as_labels, as_annotations, lost = {}, {}, []
    for name, value in said.items():
        if not _LABEL_KEY.fullmatch(name):
            lost.append(name)
        elif _LABEL_VALUE.fullmatch(value):
            as_labels[name] = value
        else:
            as_annotations[name] = value
    return as_labels, as_annotations, lost
