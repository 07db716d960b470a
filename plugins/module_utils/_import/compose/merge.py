# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One document on top of another by the rules of the specification. Pure.

https://docs.docker.com/reference/compose-file/merge/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .rules import WORKLOADS, Rules, spread
from .scalars import as_text
from .wrong import Wrong

Path_ = tuple[Any, ...]
Merger = Callable[[Any, Any, Path_, "Rules | None"], Any]


def merge(base: Any, over: Any, path: Path_ = (), rules: Rules | None = None) -> Any:
    """`over` on top of `base`, which may be changed. Raises Wrong."""
    at = rules if rules is not None else SPECIAL if not path else None
    if at is not None and at.value is not None:
        return at.value(base, over, path, at)
    if over is None:
        return base
    if isinstance(base, dict):
        return _mappings(base, _as(dict, over, path), path, at)
    if isinstance(base, list):
        return _append(base, _as(list, over, path))
    return over


def extend_service(base: dict[str, Any], over: dict[str, Any], path: Path_) -> dict[str, Any]:
    """A service on top of the one that it extends."""
    services = SPECIAL.down("services")
    merged: dict[str, Any] = _mappings(base, over, path, services.down("x") if services else None)
    return merged


def merge_below(base: Any, over: Any, path: Path_) -> Any:
    """The values at a path of a model, merged."""
    rules: Rules | None = SPECIAL
    for step in path:
        rules = rules.down(str(step)) if rules else None
    return merge(base, over, path, rules or Rules())


def _as(kind: type, value: Any, path: Path_) -> Any:
    if not isinstance(value, kind):
        raise Wrong("another kind of value than in what it overrides", path, "write both in the same form")
    return value


def _mappings(base: dict[str, Any], over: dict[str, Any], path: Path_, rules: Rules | None) -> dict[str, Any]:
    for key, value in over.items():
        if key in base:
            below = rules.down(key) if rules else None
            base[key] = merge(base[key], value, (*path, key), below or _NONE)
        else:
            base[key] = value
    return base


_NONE = Rules()


def _append(base: list[Any], over: list[Any]) -> list[Any]:
    """Both lists, without what is there already."""
    merged = list(base)
    plain = {(type(item), item) for item in merged if not isinstance(item, (dict, list))}
    for item in over:
        if isinstance(item, (dict, list)):
            if not any(same(item, other) for other in merged):
                merged.append(item)
        elif (type(item), item) not in plain:
            plain.add((type(item), item))
            merged.append(item)
    return merged


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, and of the same kinds throughout: 1 is neither true nor 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _replace(_base: Any, over: Any, _path: Path_, _rules: Rules | None) -> Any:
    return over


def _sequence(value: Any) -> list[Any]:
    """A mapping as a list of NAME=VALUE, a text as a list of one."""
    if isinstance(value, dict):
        found: list[str] = []
        for name, item in value.items():
            if item is None:
                found.append(name)
            else:
                found += [f"{name}={as_text(each)}" for each in (item if isinstance(item, list) else [item])]
        return sorted(found, key=lambda text: text.encode())
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) else []


def _as_sequence(base: Any, over: Any, _path: Path_, _rules: Rules | None) -> Any:
    return _append(_sequence(base), _sequence(over))


def _named(value: Any, default: dict[str, Any] | None, path: Path_) -> dict[str, Any]:
    """A list of names as a mapping."""
    if isinstance(value, dict):
        return value
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Wrong("expected a list of names or a mapping", path)
    return {name: None if default is None else dict(default) for name in names}


def _by_name(default: dict[str, Any] | None) -> Merger:
    def merger(base: Any, over: Any, path: Path_, rules: Rules | None) -> Any:
        return _mappings(_named(base, default, path), _named(over, default, path), path, rules)

    return merger


def _build(base: Any, over: Any, path: Path_, rules: Rules | None) -> Any:
    def long(value: Any) -> dict[str, Any]:
        return {"context": value} if isinstance(value, str) else value or {}

    return _mappings(long(base), long(over), path, rules)


def _logging(base: Any, over: Any, path: Path_, rules: Rules | None) -> Any:
    """Options of another driver are of no use."""
    base, over = _as(dict, base, path), _as(dict, over, path)
    if "driver" in base and "driver" in over and base["driver"] != over["driver"]:
        return over
    return _mappings(base, over, path, rules)


def _ulimit(base: Any, over: Any, path: Path_, rules: Rules | None) -> Any:
    return _mappings(base, over, path, rules) if isinstance(base, dict) and isinstance(over, dict) else over


def _ipam(base: Any, over: Any, path: Path_, rules: Rules | None) -> Any:
    """Pools of addresses are told apart by their subnet."""
    merged: list[dict[str, Any]] = []
    for left in _as(list, base, path):
        for right in _as(list, over, path):
            if right.get("subnet") != left.get("subnet") and not any(each.get("subnet") == right.get("subnet") for each in merged):
                merged.append(right)
                continue
            both = _mappings(left, right, path, rules)
            known = next((number for number, each in enumerate(merged) if each.get("subnet") == both.get("subnet")), None)
            if known is None:
                merged.append(both)
            else:
                merged[known] = both
    return merged


_SEQUENCES: tuple[str, ...] = (
    *("annotations", "build.args", "build.additional_contexts", "build.extra_hosts", "build.labels", "dns", "dns_opt", "dns_search"),
    *("env_file", "label_file", "environment", "extra_hosts", "labels", "volumes.*.volume.labels", "sysctls", "tmpfs"),
)
_RULES: dict[str, Merger] = {
    **dict.fromkeys(_SEQUENCES, _as_sequence),
    **dict.fromkeys(("command", "entrypoint", "healthcheck.test"), _replace),
    **dict.fromkeys(("models", "networks"), _by_name(None)),
    "build": _build,
    "depends_on": _by_name({"condition": "service_started", "required": True}),
    "logging": _logging,
    "ulimits.*": _ulimit,
}
SPECIAL = Rules(
    {
        "networks.*.ipam.config": _ipam,
        **dict.fromkeys(("networks.*.labels", "volumes.*.labels", "services.*.deploy.labels"), _as_sequence),
        **spread(WORKLOADS, _RULES),
    }
)
