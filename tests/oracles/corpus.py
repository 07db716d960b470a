"""The corpora of tests/corpus/tera and tests/corpus/handlebars: templates of our own writing and what the real engines make of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).resolve().parents[1] / "corpus"


def written(engine: str, context: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The cases of cases.txt by name: the topic and the number in it. The file's first lines say how it is written."""
    cases: dict[str, dict[str, Any]] = {}
    topic, number = "", 0
    for line in (CORPUS / engine / "cases.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("## "):
            topic, number = line[3:], 0
        elif line.strip() and not line.startswith("# "):
            number += 1
            several = line.startswith('{"main"')
            templates = json.loads(line) if several else {"main": line}
            case = {"templates": {name: text.replace("⏎", "\n") for name, text in templates.items()}, "render": "main", "context": context}
            cases[f"{topic} {number}"] = case
    return cases


def expected(engine: str, name: str = "expected") -> dict[str, Any]:
    """What the real engine gave, by name: {"text": ...} or {"error": ...}."""
    found: dict[str, Any] = json.loads((CORPUS / engine / f"{name}.json").read_text(encoding="utf-8"))
    return found


def store(engine: str, name: str, data: dict[str, Any]) -> None:
    """Write a file of expected answers, a case a line."""
    lines = ",\n".join(f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}" for key, value in data.items())
    (CORPUS / engine / f"{name}.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
