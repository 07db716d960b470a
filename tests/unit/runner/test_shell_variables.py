"""A misspelt variable of the shell must be told, and one of somebody else's must not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from roro.shell_variables import KNOWN, misspelt_variables

ROOT = Path(__file__).parents[3]


def test_every_variable_that_is_read_must_be_known() -> None:
    sources = [*ROOT.glob("roro/*.py"), *ROOT.glob("plugins/**/*.py")]
    read = {name for source in sources for name in re.findall(r"[\"\'](RORO_[A-Z_]+)[\"\']", source.read_text())}
    beginnings = {name for name in read if any(known.startswith(f"{name.removesuffix('_')}_") for known in KNOWN)}
    assert read - beginnings <= set(KNOWN)


@pytest.mark.parametrize(
    ("name", "told"), [("RORO_ENVIROMENT", ["nobody reads RORO_ENVIROMENT; did you mean RORO_ENVIRONMENT?"]), ("RORO_ENVIRONMENT", [])]
)
def test_what_is_nearly_the_name_of_one_must_be_told(name: str, told: list[str]) -> None:
    assert misspelt_variables({name: "dev", "RORO_TEST_CLUSTER": "x", "RORO_MY_OWN": "1", "_RORO_COMPLETE": "1"}) == told
