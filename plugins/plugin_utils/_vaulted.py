# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that were encrypted one by one with ansible-vault, told by the tag that Ansible puts on them: the engine gets them as secret.

What comes from a file that was encrypted as a whole, or is put together by a template, has no tag: `secret_variables` is the certain way.
The tag is not part of Ansible's public interface: without it nothing is moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

try:
    from ansible._internal._datatag._tags import VaultedValue
except ImportError:
    VaultedValue = None


def with_vaulted_apart(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The task's arguments with what comes from a vault moved from `variables` to `secret_variables`, a map's key by key."""
    variables = arguments.get("variables")
    if not isinstance(variables, Mapping):
        return dict(arguments)
    plain, vaulted = _split(variables)
    if not vaulted:
        return dict(arguments)
    given = arguments.get("secret_variables")
    return {**arguments, "variables": plain, "secret_variables": _over(vaulted, given if isinstance(given, Mapping) else {})}


def _split(variables: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    plain: dict[str, Any] = {}
    vaulted: dict[str, Any] = {}
    for name, value in variables.items():
        if isinstance(value, Mapping):
            plain[name], inside = _split(value)
            if inside:
                vaulted[name] = inside
        else:
            (vaulted if _is_vaulted(value) else plain)[name] = value
    return plain, vaulted


def _is_vaulted(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_is_vaulted, value))
    if isinstance(value, Mapping):
        return any(map(_is_vaulted, value.values()))
    return VaultedValue is not None and bool(VaultedValue.is_tagged_on(value))


def _over(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` on top of `base`, maps key by key."""
    result = dict(base)
    for name, value in over.items():
        known = result.get(name)
        result[name] = _over(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return result
