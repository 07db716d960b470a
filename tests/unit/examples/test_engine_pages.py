# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worked example of every engine's page must give what the page says.

A page shows files, each as a line with its path in backticks and a block, and after `Rendered:` what rendering makes of them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import CLUSTER_TOOLS
from ansible_collections.roro.kube.plugins.module_utils._render.commands import find_command
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, render

TOP = Path(__file__).parents[3]
PAGES = sorted((TOP / "docs" / "engines").glob("*.md"))
FILE = re.compile(r"^`([\w./-]+)`\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RENDERED = re.compile(r"^Rendered:\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def by_name(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda item: (item["kind"], item["metadata"]["name"]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_example_of_a_page_must_render_as_it_says(page: Path, tmp_path: Path) -> None:
    if find_command("helm") is None:
        CLUSTER_TOOLS.ensure("helm", lambda *_: None)
    text = page.read_text()
    for name, content in {
        "workspace.json": json.dumps({"version": 1, "name": "shop"}),
        "environments/dev/environment.json": "{}",
        **dict(FILE.findall(text)),
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (expected,) = RENDERED.findall(text)

    instances = render(Request(tmp_path, "dev", system_environment={}))[1]

    found = [manifest.object for one in instances for manifest in one.result.manifests]
    assert by_name(found) == by_name(list(yaml.safe_load_all(expected)))
