# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checkout installs is locked; what people install has lower bounds."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOP = Path(__file__).parents[3]
LOCKS = sorted((TOP / "requirements").glob("*.lock"))
PYPROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]

sys.path.insert(0, str(TOP / "scripts"))

import write_requirements
from newer_than_lock import differences, locked


def asked() -> list[Requirement]:
    """What `make setup` needs: the wheel's requirements, the extras and the build of the editable install."""
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *extras["test"], *extras["lint"], *extras["molecule"], *extras["operators"]]
    lines += [line for line in (TOP / "requirements" / "dev.in").read_text().splitlines() if line and not line.startswith("#")]
    return [Requirement(line) for line in lines]


def test_every_requirement_must_be_locked_within_its_bounds() -> None:
    pins = locked((TOP / "requirements" / "dev.lock").read_text())

    missed = [str(one) for one in asked() if not one.specifier.contains(pins.get(canonicalize_name(one.name), "0"))]
    assert missed == [], "run `make lock`"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_must_have_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()

    assert lock.with_suffix(".in").exists()
    for entry in re.split(r"(?m)^(?=\S)", text)[1:]:
        assert "==" in entry and "--hash=sha256:" in entry, entry
    assert not re.search(r"://|--(extra-)?index-url|--find-links", text)


@pytest.mark.parametrize("lock", ["scripts/handlebars/package-lock.json", "tests/oracles/tera/Cargo.lock"])
def test_locks_of_other_registries_must_have_checksums_and_no_address(lock: str) -> None:
    text = (TOP / lock).read_text()

    assert re.search(r'"integrity": "sha512-|^checksum = "[0-9a-f]{64}"', text, re.MULTILINE)
    assert not re.search(r"(?m)^source = |\"resolved\":", text)


def test_every_go_module_must_have_its_checksums() -> None:
    roots = ("roles/local_cluster/files/tools", "benchmarks/tools", "scripts")
    folders = [file.parent for root in roots for file in (TOP / root).glob("*/go.mod")]

    assert folders
    assert [str(folder) for folder in folders if not (folder / "go.sum").exists()] == []


def test_what_people_install_must_have_lower_bounds() -> None:
    lines = [*PROJECT["dependencies"], *(TOP / "requirements.txt").read_text().splitlines()]

    operators = {spec.operator for line in lines if not line.startswith("#") for spec in Requirement(line).specifier}
    assert operators == {">="}


def test_an_execution_environment_must_install_what_the_wheel_does() -> None:
    """All but what only the command needs. requirements.txt is made from the wheel's list."""
    file = (TOP / "requirements.txt").read_text()

    assert file == write_requirements.text(), "run `make lock`"
    assert {"cryptography", "dukpy", "GitPython", "jsonpath-ng"} <= {Requirement(line).name for line in file.splitlines()[1:]}
    assert PYPROJECT["tool"]["roro"]["only-the-command"] == ["ansible-core", "click", "rich"]


def test_what_is_newer_than_the_lock_must_be_named() -> None:
    entries = ("pyyaml==6.0.3", "old==1 ; python_full_version < '3.0'", "same==2")
    pins = locked("".join(f"{entry} \\\n    --hash=sha256:00\n" for entry in entries))

    assert pins == {"pyyaml": "6.0.3", "same": "2"}
    assert differences(pins, {"pyyaml": "6.0.4", "same": "2", "extra": "1"}) == ["  extra (not locked) -> 1", "  pyyaml 6.0.3 -> 6.0.4"]
