# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of the Compose specification as rows of a table: what becomes of each. Made from the same data that checks files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .compose.key import Key
from .compose.keys import CONTAINER, DEPLOY, JOB, PROJECT, SERVICE, WORKLOAD

_FATES = {"same": "yes", "partly": "in part", "none": "no", "nothing": "not needed"}
SECTIONS: tuple[tuple[str, Mapping[str, Key]], ...] = (
    ("Of the project", PROJECT),
    ("Of services, jobs and `pre_start`", CONTAINER),
    ("Of services and jobs", WORKLOAD),
    ("Of services", {name: key for name, key in SERVICE.items() if name not in CONTAINER and name not in WORKLOAD}),
    ("Of `deploy`", DEPLOY),
    ("Of jobs", {name: key for name, key in JOB.items() if name not in CONTAINER and name not in WORKLOAD}),
)
_ELSEWHERE = ("services", "jobs", "deploy", "build", "pre_start")


def key_table() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """(title, rows of key, whether it is carried over, what becomes of it) for each part."""
    for title, keys in SECTIONS:
        yield title, list(_rows(keys, ""))


def _rows(keys: Mapping[str, Key], prefix: str, words: str = "") -> Iterator[tuple[str, str, str]]:
    for name in sorted(keys):
        key = keys[name]
        said = key.words or words
        yield f"{prefix}{name}", _FATES[key.fate], said
        if key.fate != "none" and key.inner and name not in _ELSEWHERE:
            named = "names" in key.shape
            inner = f"{prefix}{name}.NAME." if named else f"{prefix}{name}."
            yield from _rows(key.inner, inner, "")
