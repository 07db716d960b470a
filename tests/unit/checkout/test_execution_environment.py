# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment: a definition that ansible-builder accepts, and a page that shows the files that the tests use."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from ansible_builder.ee_schema import validate_schema

del sys.tracebacklimit  # ansible_builder sets it to 0 for the whole process, and so for other tests
TOP = Path(__file__).parents[3]
FOLDER = TOP / "execution-environment"
PAGE = (TOP / "docs" / "execution-environment.md").read_text()


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    """scripts/build_execution_environment.py."""
    spec = importlib.util.spec_from_file_location("build_execution_environment", TOP / "scripts/build_execution_environment.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_definition_must_fit_the_schema_of_ansible_builder() -> None:
    definition = yaml.safe_load((FOLDER / "execution-environment.yml").read_text())
    validate_schema(definition)
    assert definition["version"] == 3
    assert (definition["options"]["user"], definition["options"]["workdir"]) == ("1000", "/runner")


def test_the_default_base_must_be_the_one_that_is_made_where_no_registry_is(builder: ModuleType) -> None:
    definition = yaml.safe_load((FOLDER / "execution-environment.yml").read_text())
    assert definition["images"]["base_image"]["name"] == builder.SHOP.BASE


def test_the_image_must_be_named_after_the_version(builder: ModuleType) -> None:
    version = yaml.safe_load((TOP / "galaxy.yml").read_text())["version"]
    assert builder.reference() == f"docker.io/library/roro-ee:{version}"
    assert yaml.safe_load((FOLDER / "container-group.yaml").read_text())["spec"]["containers"][0]["image"] == f"roro-ee:{version}"


def test_every_file_of_the_collection_must_be_an_input_of_the_image(builder: ModuleType) -> None:
    """So that no change is left out of an image that is taken from the cache."""
    names = {str(file.relative_to(TOP)) for file in builder.input_files()}
    for folder in ("plugins", "roles", "playbooks", "meta", "roro"):
        assert {str(file.relative_to(TOP)) for file in (TOP / folder).rglob("*.py") if "__pycache__" not in file.parts} <= names
    assert {"galaxy.yml", "pyproject.toml", "requirements/dev.lock", "execution-environment/packages"} <= names


def test_another_base_must_be_another_image(builder: ModuleType) -> None:
    assert builder.inputs_digest("a") == builder.inputs_digest("a") != builder.inputs_digest("b")


def test_the_table_of_rights_must_be_the_role_that_jobs_are_tried_with() -> None:
    role = list(yaml.safe_load_all((FOLDER / "rights.yaml").read_text()))[1]
    given = {
        (group, resource, " ".join(rule["verbs"]))
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    shown = set()
    for groups, resources, verbs in re.findall(r"^\| (\S+) \| (.+?) \| ([a-z ]+) \|", PAGE.partition("## Rights")[2], re.MULTILINE):
        shown |= {(groups.strip("`").replace("core", ""), resource.strip("` "), verbs) for resource in resources.split(",")}
    assert shown - {("group", "resources", "verbs")} == given


def test_the_page_must_show_the_pod_that_jobs_are_tried_with() -> None:
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    assert yaml.safe_load((FOLDER / "container-group.yaml").read_text()) in blocks
