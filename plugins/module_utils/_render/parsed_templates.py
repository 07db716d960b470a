# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what an engine makes of a template's text (plain data, not Python code) in the same cache as compiled templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .cache import RenderCache


def kept(cache: RenderCache, key: tuple[str, ...], make: Callable[[], Any]) -> Any:
    """The data of this key, made when it is not there: tuples, texts, numbers, booleans and None, nested.

    key: everything that it depends on. It is stored as the one constant of an empty piece of code, so that the cache knows one thing only.
    """
    code = cache.code(key, lambda: compile("0", key[0], "eval").replace(co_consts=(make(),)))
    return code.co_consts[0]
