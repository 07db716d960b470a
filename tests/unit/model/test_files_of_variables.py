"""`envFile` and `.env`: which variables they give, how they are quoted, what wins, and that nothing else is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError
from ansible_collections.roro.kube.plugins.module_utils._model import Variable, explain, load_workspace, select
from ansible_collections.roro.kube.plugins.module_utils._model.dotenv import MAX_NAMES, MAX_REFERRED, parse_dotenv
from ansible_collections.roro.kube.plugins.module_utils._model.parse import Malformed


def values(text: str, **known: str) -> dict[str, str]:
    return {name: value for name, (value, _) in parse_dotenv(text, known).items()}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        ("export A = two words  ", "two words"),
        ("A=a#b # c", "a#b"),
        ("A=# c", ""),
        ("A=", ""),
        ("A='lit $B # x' # c", "lit $B # x"),
        (r"A='it\'s'", "it's"),
        (r'A="tab\tend \"q\" \\"', 'tab\tend "q" \\'),
        ('A="one\ntwo" # c', "one\ntwo"),
        ("A=$B/${B}", "b/b"),
        ('A="${B} $B"', "b b"),
        ("A=${NO:-x y}", "x y"),
        ("A=${EMPTY:-x}${EMPTY-y}", "x"),
        (r"A=\$B", "$B"),
        (r'A="\$B"', "$B"),
        ("A=a=b", "a=b"),
        ("A=\u00fc", "\u00fc"),
    ],
)
def test_a_value_must_be_read_as_compose_reads_it(line: str, value: str) -> None:
    assert values(f"# first\n\n{line}\nZ=last\r\n", B="b", EMPTY="") == {"A": value, "Z": "last"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("A=1\nB", 2, "this name has no value"),
        ("1A=1", 1, "no NAME=VALUE"),
        ('A="x', 1, "not closed"),
        ("\nA='x' y", 2, "more after the quote"),
        ("A=$HOME", 1, "there is no HOME above"),
        ("A=${X:?y}", 1, "not understood"),
    ],
)
def test_what_is_not_understood_must_be_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(Malformed, match=words) as error:
        parse_dotenv(text)
    assert error.value.line == line


@pytest.mark.parametrize("value", ["hun$ter2", "hun${ter2}", "hun${ter2?}", '"a\\nhun$ter2"'])
def test_no_part_of_a_password_must_be_quoted(value: str) -> None:
    """Where a dollar of it was meant as a dollar."""
    with pytest.raises(Malformed) as error:
        parse_dotenv(f"DB_PASSWORD={value}")
    assert "ter2" not in f"{error.value.message} {error.value.hint}"
    assert "DB_PASSWORD" in error.value.message
    assert "backslash" in (error.value.hint or "")


def test_no_line_of_a_key_must_be_quoted() -> None:
    with pytest.raises(Malformed) as error:
        parse_dotenv("KEY=-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\n")
    assert error.value.line == 2
    assert "MIIE" not in f"{error.value.message} {error.value.hint}"


def test_there_must_be_a_bound() -> None:
    lines = [f"A{number}=1" for number in range(MAX_NAMES + 1)]
    assert len(parse_dotenv("\n".join(lines[:-1]))) == MAX_NAMES
    with pytest.raises(Malformed, match="more than"):
        parse_dotenv("\n".join(lines))


@pytest.mark.parametrize("line", ["B=$A$A", 'B="$A\\n$A"', "B=$A\nC=$A", "B=${NO:-" + "x" * 100 + "}$A"])
def test_a_few_references_must_not_fill_the_memory(line: str) -> None:
    half = MAX_REFERRED // 2
    parse_dotenv(line, {"A": "x" * (half - 100)})
    with pytest.raises(Malformed, match="stand for more than"):
        parse_dotenv(line.replace("$A", "$A$A"), {"A": "x" * half})


def variables(root: Path, system: dict[str, str] | None = None, **more: Any) -> dict[str, Variable]:
    (instance,) = select(load_workspace(root), "dev", system_environment=system or {}, allowed_environment=(), **more).instances
    return dict(explain(instance))


def test_files_must_be_weaker_than_the_app_and_later_ones_stronger(write_workspace: Any) -> None:
    app = {"envFile": [".env", "../../shared.env"], "variables": {"APP": "app"}}
    files = {"apps/api/.env": "A=1\nAPP=file\nB=1\nWS=file\n", "shared.env": "B=2\nC=${A}!\nT={{ instance }}\n"}
    found = variables(write_workspace(apps={"api": app}, files=files, workspace={"variables": {"WS": "workspace"}}))
    assert {name: found[name].value for name in ("A", "B", "C", "APP", "WS", "T")} == {
        "A": "1",
        "B": "2",
        "C": "1!",
        "APP": "app",
        "WS": "file",
        "T": "{{ instance }}",
    }
    assert str(found["B"].origin).endswith("shared.env:1:1)")
    assert str(found["A"].origin).endswith(".env:1:1)")


def test_a_file_that_must_be_there_must_be_told_to_who_takes_part_only(write_workspace: Any) -> None:
    root = write_workspace(apps={"api": {"envFile": [".env", {"path": "more.env", "required": False}]}, "web": {}})
    with pytest.raises(DocumentError, match=r"there is no file \.env"):
        select(load_workspace(root), "dev", system_environment={})
    assert [item.id for item in select(load_workspace(root), "dev", instances=["web"], system_environment={}).instances] == ["web"]
    assert len(select(load_workspace(root), "dev", system_environment=None).instances) == 2


@pytest.mark.parametrize("path", ["../../../outside.env", "/etc/hostname", "link.env"])
def test_a_file_outside_of_the_workspace_must_never_be_read(write_workspace: Any, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside.env").write_text("SECRET=1")
    root = write_workspace(apps={"api": {"envFile": [path]}})
    (root / "apps" / "api" / "link.env").symlink_to(tmp_path / "outside.env")
    with pytest.raises(DocumentError, match="outside the workspace"):
        load_workspace(root)


def test_a_file_that_is_wrong_must_be_told_with_its_line(write_workspace: Any) -> None:
    with pytest.raises(DocumentError, match=r"apps/api/\.env:2:\d+: this name has no value"):
        load_workspace(write_workspace(apps={"api": {"envFile": [".env"]}}, files={"apps/api/.env": "A=1\nB\n"}))


def test_the_file_beside_the_workspace_must_give_only_what_documents_name(write_workspace: Any) -> None:
    app = {"systemEnvironment": {"TOKEN": {}, "OTHER": {"default": "d"}, "GITHUB_TOKEN": {}}}
    root = write_workspace(apps={"api": app}, files={".env": "TOKEN=file\nUNNAMED=x\nGITHUB_TOKEN=ours\n"})
    found = variables(root)
    assert (found["TOKEN"].value, found["OTHER"].value, found["GITHUB_TOKEN"].value) == ("file", "d", "ours")
    assert "UNNAMED" not in found
    assert str(found["TOKEN"].origin).endswith(".env:1:1)")


def test_the_shell_must_win_over_the_file_and_its_credentials_stay_its_own(write_workspace: Any) -> None:
    root = write_workspace(apps={"api": {"systemEnvironment": {"NAME": {}}}}, files={".env": "NAME=file\n"})
    assert variables(root, {"NAME": "shell"})["NAME"].value == "shell"
    root = write_workspace(apps={"api": {"systemEnvironment": {"GITHUB_TOKEN": {}}}}, files={".env": "GITHUB_TOKEN=file\n"})
    with pytest.raises(DocumentError, match="a credential of whoever runs this"):
        variables(root, {"GITHUB_TOKEN": "shell"})


def test_a_file_that_nobody_asks_must_not_be_opened(write_workspace: Any) -> None:
    root = write_workspace(apps={"api": {}})
    os.mkfifo(root / ".env")
    assert "workspace" in variables(root)
