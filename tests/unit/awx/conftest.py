# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of AWX's definitions share: a fake of its API, and a way to bring definitions to it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._awx import Report, Wishes, bring, find_address, read_definitions

sys.path.insert(0, str(Path(__file__).parent))

from fake_awx_api import TOKEN, FakeAwx, serve

Bring = Callable[..., Report]


@pytest.fixture
def fake() -> Iterator[FakeAwx]:
    """A fake of AWX, new as after an installation."""
    with serve(FakeAwx()) as server:
        yield server


@pytest.fixture
def brought(fake: FakeAwx) -> Bring:
    """`brought(definitions, secrets={...}, check=True, ...)` brings definitions of the organization Ops to the fake."""

    def act(definitions: dict[str, Any], *, secrets: Any = None, token: str = TOKEN, **wishes: Any) -> Report:
        items = read_definitions(definitions, organization="Ops", secrets=secrets)
        address = find_address({"host": fake.url, "token": token}, {})
        return bring(address, items, Wishes(**wishes), Event(), lambda line: None)

    return act


def small(**more: Any) -> dict[str, Any]:
    """Definitions of one job template and what it needs."""
    template = {"name": "roro up", "project": "fleet", "inventory": "fleet", "playbook": "playbooks/up.yml", **more}
    return {
        "organizations": [{"name": "Ops"}],
        "projects": [{"name": "fleet", "scm_type": "git", "scm_url": "https://git.example.com/fleet.git"}],
        "inventories": [{"name": "fleet", "variables": {"region": "eu"}}],
        "job_templates": [template],
    }
