# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One key of the Compose specification: what it may hold, and what becomes of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Fate = Literal["same", "partly", "none", "nothing"]
"""same: carried over; partly: carried over where the words say so, else told; none: has no equivalent, always told; nothing: says
nothing that a cluster would do otherwise, not told."""


@dataclass(frozen=True)
class Key:
    """shape: a name in `shapes.SHAPES`, or several with `|`. fate, words: for the table in docs and for notices. inner: the keys of a
    mapping, and of each item where the value is a list or has names of its own. needs: keys that must be there. one_of: allowed texts."""

    shape: str
    fate: Fate = "same"
    words: str = ""
    inner: Mapping[str, Key] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()


def same(shape: str, words: str, inner: Mapping[str, Key] | None = None, needs: tuple[str, ...] = (), one_of: tuple[str, ...] = ()) -> Key:
    """A key that is carried over."""
    return Key(shape, "same", words, inner or {}, needs, one_of)


def partly(
    shape: str, words: str, inner: Mapping[str, Key] | None = None, needs: tuple[str, ...] = (), one_of: tuple[str, ...] = ()
) -> Key:
    """A key that is carried over where the words say so."""
    return Key(shape, "partly", words, inner or {}, needs, one_of)


def none(shape: str, words: str, inner: Mapping[str, Key] | None = None, needs: tuple[str, ...] = (), one_of: tuple[str, ...] = ()) -> Key:
    """A key without an equivalent."""
    return Key(shape, "none", words, inner or {}, needs, one_of)


def nothing(
    shape: str, words: str, inner: Mapping[str, Key] | None = None, needs: tuple[str, ...] = (), one_of: tuple[str, ...] = ()
) -> Key:
    """A key that needs nothing here."""
    return Key(shape, "nothing", words, inner or {}, needs, one_of)
