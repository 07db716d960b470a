"""docs/custom-resources.md must do what it says, with a status written by the test in place of a controller."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

PAGE = Path(__file__).parents[3] / "docs" / "custom-resources.md"
FILE = re.compile(r"^`([\w./-]+)`\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_guide_must_come_up_as_it_says(scene: Any, eventually: Callable[..., Any]) -> None:
    text = PAGE.read_text(encoding="utf-8").replace("db.example.com", scene.group)
    for name, content in FILE.findall(text):
        (scene.root / name).parent.mkdir(parents=True, exist_ok=True)
        (scene.root / name).write_text(content, encoding="utf-8")
    run = text.partition("## One run")[2]
    status, expected = (found[1] for found in re.finditer(r"^```\w+\n(.*?)^```$", run, re.MULTILINE | re.DOTALL))
    up = scene.begin()
    eventually(lambda: scene.cluster.find_resource(f"{scene.group}/v1", "Database"), deadline=60)
    eventually(lambda: scene.get("Database", "main", f"{scene.group}/v1"), deadline=60)
    assert scene.get("ConfigMap", "settings") is None
    scene.status("main", **json.loads(status))
    assert not up.result(120).failed
    found, wanted = scene.get("ConfigMap", "settings"), yaml.safe_load(expected)
    assert found["data"] == wanted["data"]
    assert scene.up().changed is False
