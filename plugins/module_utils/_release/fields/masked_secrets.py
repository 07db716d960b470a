# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two states of one object for a diff, without the secrets that ended up outside of Secrets: in a ConfigMap, or a container's `env`. Pure.

A field that holds a secret now is masked on both sides: what it held before was one too, and is not known any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._secrets import Secrets

Mark = Callable[[str, Any], str]
"""(path, value) -> what is shown instead: another mark for another value."""
_NOTHING = object()


def masked_pair(before: Any, after: Any, secrets: Secrets, mark: Mark) -> tuple[Any, Any]:
    """Both sides, shown as they may be. Either may be None for an object that is not there."""
    if not secrets:
        return before, after
    left, right = _pair(_NOTHING if before is None else before, _NOTHING if after is None else after, "", secrets, mark)
    return (None if left is _NOTHING else left), (None if right is _NOTHING else right)


def _pair(before: Any, after: Any, path: str, secrets: Secrets, mark: Mark) -> tuple[Any, Any]:
    if isinstance(before, dict) or isinstance(after, dict):
        return _maps(before, after, path, secrets, mark)
    if isinstance(before, list) or isinstance(after, list):
        return _lists(before, after, path, secrets, mark)
    if not (secrets.holds(_leaf(before)) or secrets.holds(_leaf(after))):
        return before, after
    shown = [value if _leaf(value) is None else mark(path, value) for value in (before, after)]
    return shown[0], shown[1]


def _leaf(value: Any) -> Any:
    return None if value is _NOTHING else value


def _maps(before: Any, after: Any, path: str, secrets: Secrets, mark: Mark) -> tuple[Any, Any]:
    left, right = (side if isinstance(side, dict) else {} for side in (before, after))
    pairs = {
        key: _pair(left.get(key, _NOTHING), right.get(key, _NOTHING), f"{path}.{key}", secrets, mark)
        for key in dict.fromkeys([*left, *right])
    }
    return (
        {key: pairs[key][0] for key in left} if isinstance(before, dict) else _alone(before, path, secrets, mark),
        {key: pairs[key][1] for key in right} if isinstance(after, dict) else _alone(after, path, secrets, mark),
    )


def _lists(before: Any, after: Any, path: str, secrets: Secrets, mark: Mark) -> tuple[Any, Any]:
    left, right = (_keyed(side) if isinstance(side, list) else {} for side in (before, after))
    pairs = {
        key: _pair(left.get(key, _NOTHING), right.get(key, _NOTHING), f"{path}[{key}]", secrets, mark)
        for key in dict.fromkeys([*left, *right])
    }
    return (
        [pairs[key][0] for key in left] if isinstance(before, list) else _alone(before, path, secrets, mark),
        [pairs[key][1] for key in right] if isinstance(after, list) else _alone(after, path, secrets, mark),
    )


def _alone(value: Any, path: str, secrets: Secrets, mark: Mark) -> Any:
    """A side that is no map or list where the other one is."""
    if value is _NOTHING or isinstance(value, (dict, list)):
        return value
    return mark(path, value) if secrets.holds(value) else value


def _keyed(items: list[Any]) -> dict[Any, Any]:
    """Items by their names where each has its own (containers, env), else by number."""
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    usable = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
    return dict(zip(names, items, strict=True)) if usable and items else dict(enumerate(items))
