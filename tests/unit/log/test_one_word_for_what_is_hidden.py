"""Whoever looks for what was hidden, in output, results and logs, has one word to look for."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._objects import without_secret_values
from ansible_collections.roro.kube.plugins.module_utils._release.fields.diff import redacted
from ansible_collections.roro.kube.plugins.module_utils._secrets import HIDDEN

ROOT = Path(__file__).parents[3]
OTHERS = re.compile(r"(?<!\w)[(\[](?:hidden|redacted|masked)[)\]]|<(?:redacted|masked|secret)\b|\*{4,}")


def test_every_room_must_use_the_same_word() -> None:
    files = [path for folder in ("plugins", "roro") for path in (ROOT / folder).rglob("*.py")]
    files += [*ROOT.glob("docs/*.md"), ROOT / "README.md"]
    found = [f"{path.relative_to(ROOT)}: {hit[0]}" for path in files for hit in OTHERS.finditer(path.read_text(encoding="utf-8"))]
    assert found == []


def test_a_mark_with_a_digest_must_begin_with_the_word() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "Yg=="}}
    assert without_secret_values(secret)["data"] == {"a": HIDDEN}
    assert redacted(secret)["data"]["a"].startswith(HIDDEN[:-1])
