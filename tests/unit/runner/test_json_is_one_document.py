# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`-o json` is one document with named parts, never a bare list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from roro.config_command import config
from roro.doctor_command import doctor
from roro.init_command import init


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    CliRunner().invoke(init, [str(tmp_path / "shop")], catch_exceptions=False)
    return tmp_path / "shop"


@pytest.mark.parametrize(
    ("option", "part"), [((), "variables"), (("--explain",), "variables"), (("--render",), "manifests"), (("--lint",), "findings")]
)
def test_config_must_say_of_which_environment_it_is(shop: Path, option: tuple[str, ...], part: str) -> None:
    told = json.loads(CliRunner().invoke(config, ["-w", str(shop), "dev", *option, "-o", "json"], catch_exceptions=False).stdout)
    assert (told["workspace"], told["environment"]) == ("shop", "dev")
    assert [(item["instance"], part in item) for item in told["instances"]] == [("hello", True)]


def test_doctor_must_tell_findings(shop: Path) -> None:
    told = json.loads(CliRunner().invoke(doctor, ["-w", str(shop), "-o", "json"]).stdout)
    assert {frozenset(item) for item in told["findings"]} == {frozenset({"what", "verdict", "message", "mend"})}
