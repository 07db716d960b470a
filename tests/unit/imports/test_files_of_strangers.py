"""A Compose file may be anybody's: it reads nothing outside of its folder, runs nothing, has bounds, and every mistake has a place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError, RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._import import Wanted, check_free, write_files
from ansible_collections.roro.kube.plugins.module_utils._import.compose.project import Project, read_project

Read = Callable[..., Project]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a project of one file, given as text; `files` beside it."""

    def make(text: str, files: dict[str, str] | None = None, **wanted: Any) -> Project:
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        for name, content in {"compose.yaml": text, **(files or {})}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        return read_project(Wanted(folder, **wanted))

    return make


def refused(read: Read, text: str, files: dict[str, str] | None = None, **wanted: Any) -> str:
    """What is said of a project that is not read."""
    with pytest.raises(DocumentError) as caught:
        read(text, files, **wanted)
    return str(caught.value)


OUTSIDE = {
    "include": "include: [../outside.yaml]\nservices: {a: {image: i}}",
    "include's variables": "include: [{path: in.yaml, env_file: ../outside.env}]\nservices: {a: {image: i}}",
    "extends": "services: {a: {extends: {file: ../outside.yaml, service: b}}}",
    "env_file": "services: {a: {image: i, env_file: ../outside.env}}",
    "env_file by a link": "services: {a: {image: i, env_file: link.env}}",
    "label_file": "services: {a: {image: i, label_file: /etc/hostname}}",
}


@pytest.mark.parametrize("text", OUTSIDE.values(), ids=OUTSIDE)
def test_a_file_outside_of_the_project_must_not_be_read(read: Read, tmp_path: Path, text: str) -> None:
    (tmp_path / "outside.yaml").write_text("services: {b: {image: private}}")
    (tmp_path / "outside.env").write_text("A=private")
    (tmp_path / "project").mkdir()
    os.symlink(tmp_path / "outside.env", tmp_path / "project" / "link.env")
    told = refused(read, text, {"in.yaml": "services: {c: {image: i}}"})
    assert "outside of the project's folder and is not read" in told
    assert "--allow-read" in told
    assert "private" not in told


@pytest.mark.parametrize("path", ["https://example.com/compose.yaml", "git@example.com:a/b.git", "oci://example.com/a", "github.com/a/b"])
def test_nothing_must_be_fetched(read: Read, path: str) -> None:
    told = refused(read, f"include: ['{path}']\nservices: {{a: {{image: i}}}}")
    assert "nothing is fetched" in told
    told = refused(read, f"services: {{a: {{extends: {{file: '{path}', service: b}}}}}}")
    assert "nothing is fetched" in told


def test_a_folder_that_was_allowed_must_be_read(read: Read, tmp_path: Path) -> None:
    (tmp_path / "outside.env").write_text("A=allowed")
    project = read("services: {a: {image: i, env_file: ../outside.env}}", allowed=(tmp_path,))
    assert project.model["services"]["a"]["environment"] == {"A": "allowed"}


def test_a_credential_of_the_shell_must_not_be_taken(read: Read) -> None:
    told = refused(read, "services: {a: {image: 'i:${GITHUB_TOKEN}'}}", refused=frozenset({"GITHUB_TOKEN"}))
    assert "--allow-env GITHUB_TOKEN" in told


WRONG = {
    "an unknown key": ("services:\n  a:\n    imagee: i\n", 'compose.yaml:3:5: at services.a.imagee: found the unknown key', '"image"?'),
    "a wrong value": ("services:\n  a:\n    image: [i]\n", "compose.yaml:3:5: at services.a.image: expected a text, found a list", ""),
    "a missing variable": ("services:\n  a:\n    image: i:${X:?say it}\n", "the variable X is needed and not set: say it", ""),
    "a bad template": ("services:\n  a:\n    image: i:${X\n", "compose.yaml:3:5: at services.a.image: a dollar that", "$$"),
    "a bad port": ("services:\n  a: {image: i, ports: ['80:x']}\n", "compose.yaml:2:25: at services.a.ports.0: x is no port", ""),
    "an unknown service": ("services:\n  a: {image: i, depends_on: [bb]}\n  b: {image: i}\n", 'no service "bb"', 'did you mean "b"?'),
    "an unknown volume": ("services:\n  a: {image: i, volumes: ['vol:/x']}\n", 'there is no volume "vol"', ""),
    "a circle": ("services:\n  a: {image: i, depends_on: [b]}\n  b: {image: i, depends_on: [a]}\n", "wait for each other", ""),
    "services that extend each other": ("services:\n  a: {extends: b}\n  b: {extends: a}\n", "extend each other", ""),
    "a key twice": ("services:\n  a: {image: i}\n  a: {image: j}\n", 'compose.yaml:3:3: the key "a" occurs twice', ""),
    "no YAML": ("services:\n  a: [\n", "compose.yaml:", ""),
    "no mapping": ("- a\n", "compose.yaml:1:1: a Compose file is a mapping", ""),
    "nothing": ("", "there are no services", ""),
    "no image": ("services:\n  a: {command: x}\n", "neither an image nor a build", ""),
    "an include of itself": ("include: [compose.yaml]\nservices: {a: {image: i}}\n", "includes itself", ""),
    "a date": ("services:\n  a: {image: i, environment: {D: 2026-01-02}}\n", "", "quotes"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint"), WRONG.values(), ids=WRONG)
def test_a_mistake_must_be_told_with_its_place(read: Read, text: str, message: str, hint: str) -> None:
    told = refused(read, text)
    assert message in told
    assert hint in told
    assert told.startswith("compose.yaml:")


BOMBS = {
    "aliases": "x-0: &l0 [x, x]\n" + "".join(f"x-{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 8)}]\n" for n in range(1, 9)),
    "depth": "x-a: " + "[" * 500 + "]" * 500,
    "values": "x-a: [" + "1," * 200_000 + "]\nservices: {a: {image: i}}",
    "a large file": "services: {a: {image: i}}\n#" + "x" * 2_000_000,
    "ports": "services: {a: {image: i, ports: ['1-65535:1-65535']}}",
    "defaults in defaults": "services: {a: {image: '" + "${A:-" * 200 + "}" * 200 + "'}}",
    "open defaults": "services: {a: {image: '" + "${A:-" * 150_000 + "'}}",
    "a number of many digits": "services: {a: {image: i, scale: " + "9" * 100_000 + "}}",
    "itself": "services: &s {a: {image: i, labels: *s}}",
}  # fmt: skip


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_what_would_take_for_ever_must_be_refused(read: Read, text: str) -> None:
    with pytest.raises(RoroError):
        read(text)


def test_variables_of_variables_must_not_fill_the_memory(read: Read) -> None:
    lines = ["A0=" + "x" * 1000, *(f"A{n}=" + f"${{A{n - 1}}}" * 10 for n in range(1, 20))]
    with pytest.raises(DocumentError):
        read("services: {a: {image: i, env_file: v.env}}", {"v.env": "\n".join(lines)})


def test_long_variables_must_not_fill_the_memory(read: Read) -> None:
    text = "services: {a: {image: i, environment: {" + ", ".join(f"V{n}: '${{LONG}}'" for n in range(5000)) + "}}}"
    assert "stand for more than" in refused(read, text, environment={"LONG": "x" * 100_000})


def test_nothing_must_be_written_over(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text("mine")
    with pytest.raises(UsageError, match="already there"):
        check_free(tmp_path, ["apps/a/app.json"])
    (tmp_path / "workspace.yaml").unlink()
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "a").symlink_to("/tmp")
    with pytest.raises(UsageError, match="leads outside"):
        check_free(tmp_path, ["apps/a/app.json"], overwrite=True)


def test_private_files_must_be_private_from_the_first_moment(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/s.env": "x", "a/t": "y"}, {"a/s.env"})
    assert (tmp_path / "a/s.env").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["s.env", "t"]
