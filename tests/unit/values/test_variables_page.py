"""The worked example of docs/variables.md must give what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, render

PAGE = Path(__file__).parents[3] / "docs" / "variables.md"
FILE = re.compile(r"^`([\w./-]+)`\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RENDERED = re.compile(r"^Rendered:\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_example_must_render_as_the_page_says(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    documents = {"workspace.json": json.dumps({"version": 1, "name": "shop"}), "environments/dev/environment.json": "{}"}
    for name, content in {**documents, **dict(FILE.findall(text))}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    (expected,) = RENDERED.findall(text)
    _, (instance,) = render(Request(tmp_path, "dev"))
    assert [manifest.object for manifest in instance.result.manifests] == list(yaml.safe_load_all(expected))
