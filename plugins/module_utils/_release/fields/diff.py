# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readable differences between two states of one object: live against the server's dry run, never showing a Secret's values.

Comparing what the server held with what it would hold keeps defaults out: both sides have them. Status, bookkeeping (`compare.normalised`)
and last-applied copies are left out. Values of Secrets (`data`, `stringData`) become `<hidden: 1a2b3c4d>`: a changed value has another
mark. The mark is an HMAC under a random key of this process, bound to object and key, so a short value cannot be found by trying, nor equal
values of two places be seen. Texts that are known to be secret (read from a Secret, given as secret) are redacted in every kind.

Front door: `object_diff`, `unified`, `redacted`.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from typing import Any

import yaml

from ..._objects import KubeObject, ref_of
from ..._secrets import HIDDEN, Secrets
from .compare import normalised
from .masked_secrets import masked_pair

_COPIES = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "kapp.k14s.io/original",
        "kapp.k14s.io/original-diff",
        "objectset.rio.cattle.io/applied",
    }
)
"""Annotations in which tools keep a whole copy of the object: noise, and the values of Secrets."""
_TOP = ("apiVersion", "kind", "metadata")
_CONTEXT = 3
_MAX_LINES = 4000
_ODD_BREAKS = frozenset("\r\x85\u2028\u2029")
_RUN_KEY = secrets.token_bytes(32)


def object_diff(before: KubeObject | None, after: KubeObject | None, secrets: Secrets | None = None) -> dict[str, str]:
    """Ansible's diff format: `before`, `after` (YAML text, "" for an absent object), `before_header`, `after_header`.

    secrets: texts that are redacted wherever they stand. The texts are equal exactly when nothing that counts differs.
    """
    place = str(ref_of(after or before or {}))
    left, right = (None if obj is None else redacted(obj) for obj in (before, after))
    shown = masked_pair(left, right, secrets or Secrets(), lambda path, value: _mark(place, path, _bytes(value)))
    return {
        "before": _text(shown[0]),
        "after": _text(shown[1]),
        "before_header": _header(before, after, "live" if before else "absent"),
        "after_header": _header(after, before, "after the run" if after else "deleted"),
    }


def unified(diff: dict[str, str]) -> str:
    """A unified diff with three lines of context and no colours; "" when both sides are equal."""
    before, after = _lines(diff["before"]), _lines(diff["after"])
    if before == after:
        return ""
    lines = [f"--- {diff['before_header']}", f"+++ {diff['after_header']}", *_hunks(before, after)]
    return "\n".join(lines) + "\n"


def redacted(obj: KubeObject) -> KubeObject:
    """The object's content as it may be shown: normalised, without copies, Secret values and bulky binary data replaced by marks."""
    content = normalised(obj)
    metadata = content["metadata"]
    annotations = metadata.get("annotations")
    if isinstance(annotations, dict):
        metadata["annotations"] = {key: value for key, value in annotations.items() if key not in _COPIES}
        if not metadata["annotations"]:
            del metadata["annotations"]
    if obj.get("kind") == "Secret" and ref_of(obj).group == "":
        return _without_secrets(content)
    if isinstance(content.get("binaryData"), dict):
        content["binaryData"] = {key: _binary_mark(value) for key, value in content["binaryData"].items()}
    return content


def _without_secrets(content: KubeObject) -> KubeObject:
    """stringData is shown as the data that it becomes, so that both spellings of a value have one mark."""
    place = str(ref_of(content))
    shown = {key: _mark(place, key, _decoded(value)) for key, value in _items(content.get("data"))}
    shown |= {key: _mark(place, key, _bytes(value)) for key, value in _items(content.get("stringData"))}
    rest = {key: value for key, value in content.items() if key not in ("data", "stringData")}
    return {**rest, "data": shown} if "data" in content or "stringData" in content else rest


def _items(values: Any) -> list[tuple[str, Any]]:
    """Malformed data (not a mapping) is hidden as a whole."""
    return list(values.items()) if isinstance(values, dict) else [("?", values)] if values else []


def _mark(place: str, key: str, value: bytes) -> str:
    bound = b"\0".join((place.encode("utf-8", "surrogatepass"), str(key).encode("utf-8", "surrogatepass"), value))
    return f"{HIDDEN[:-1]}: {hmac.new(_RUN_KEY, bound, hashlib.sha256).hexdigest()[:8]}>"


def _decoded(value: Any) -> bytes:
    try:
        return base64.b64decode(_bytes(value), validate=True)
    except binascii.Error:
        return _bytes(value)


def _bytes(value: Any) -> bytes:
    return str(value).encode("utf-8", "surrogatepass")


def _binary_mark(value: Any) -> str:
    content = _decoded(value)
    return f"<{len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()[:8]}>"


def _header(obj: KubeObject | None, other: KubeObject | None, side: str) -> str:
    return f"{ref_of(obj or other or {})} ({side})"


class _Dumper(yaml.SafeDumper):
    """Block style, texts of several lines as literal blocks, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """YAML counts \\x85, \\u2028 and \\u2029 as line ends too: such texts must be quoted to survive."""
    style = '"' if _ODD_BREAKS & set(value) else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _represent_text)


def _text(content: KubeObject | None) -> str:
    """The YAML of what may be shown."""
    if content is None:
        return ""
    ordered = {key: content[key] for key in _TOP if key in content} | {key: content[key] for key in sorted(content) if key not in _TOP}
    return "".join(_dump({key: _sorted(value)}) for key, value in ordered.items())


def _dump(value: Any) -> str:
    return str(yaml.dump(value, Dumper=_Dumper, default_flow_style=False, sort_keys=False, width=10_000, allow_unicode=True))


def _sorted(value: Any) -> Any:
    """Keys in order, except that a name comes first: lists of named things are then easy to read."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: (key != "name", str(key)))}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _lines(text: str) -> list[str]:
    """str.splitlines would also split at separators inside a value."""
    return text.removesuffix("\n").split("\n") if text else []


def _hunks(before: list[str], after: list[str]) -> Iterator[str]:
    """The equal head and tail are cut off first: difflib takes quadratic time in what is left."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    start, end = max(0, head - _CONTEXT), max(0, tail - _CONTEXT)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if max(len(old), len(new)) > _MAX_LINES:
        yield f"@@ -{start + 1},{len(old)} +{start + 1},{len(new)} @@ too many lines to show"
        return
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        yield from _hunk(old, new, group, start)


def _hunk(old: list[str], new: list[str], group: list[tuple[str, int, int, int, int]], offset: int) -> Iterator[str]:
    _, old_start, _, new_start, _ = group[0]
    _, _, old_end, _, new_end = group[-1]
    yield f"@@ -{_range(old_start + offset, old_end + offset)} +{_range(new_start + offset, new_end + offset)} @@"
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            yield from (f" {line}" for line in old[i1:i2])
            continue
        yield from (f"-{line}" for line in old[i1:i2])
        yield from (f"+{line}" for line in new[j1:j2])


def _range(start: int, end: int) -> str:
    """First line (1-based) and length, as `diff -u` writes them."""
    length = end - start
    return f"{start if not length else start + 1}" + ("" if length == 1 else f",{length}")


def _common(left: list[str], right: list[str]) -> int:
    return next((index for index, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
