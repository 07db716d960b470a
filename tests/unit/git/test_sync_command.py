"""What a person and a script see of `roro sync`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from git_scene import Scene, make_repository

from roro.sync_command import sync_command

DEV = "environments/dev/environment.json"


class Shop:
    """A workspace of two people: `ann` at the server's side, the command runs in the clone `bob`."""

    def __init__(self, folder: Path) -> None:
        self.ann = make_repository(folder / "ann")
        self.ann.commit({"workspace.json": '{"version": 1, "name": "shop"}', DEV: self.document(replicas=1, dbPassword="first")})
        self.ann.git("clone", "-q", "--bare", str(self.ann.folder), str(folder / "bare.git"))
        self.ann.git("remote", "add", "origin", str(folder / "bare.git"))
        self.ann.git("clone", "-q", str(folder / "bare.git"), str(folder / "bob"))
        self.bob = Scene(folder / "bob")

    @staticmethod
    def document(**variables: Any) -> str:
        return json.dumps({"variables": variables}, indent=2)

    def ann_says(self, **variables: Any) -> None:
        self.ann.commit({DEV: self.document(**variables)}, "from Ann")
        self.ann.git("push", "-q", "origin", "main")

    def sync(self, *words: str) -> Result:
        return CliRunner().invoke(sync_command, ["-w", str(self.bob.folder), *words])


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name, value in (("user.name", "Bob"), ("user.email", "bob@example.com")):
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
        with (tmp_path / "gitconfig").open("a") as file:
            file.write(f"[user]\n\t{name.partition('.')[2]} = {value}\n")
    return Shop(tmp_path)


def test_what_came_must_be_told_with_who_sent_it(shop: Shop) -> None:
    shop.ann_says(replicas=2, dbPassword="first")

    result = shop.sync()

    assert result.exit_code == 0
    assert result.stdout.startswith("Pulled 1 commit of main.\n")
    assert "Ada: from Ann" in result.stdout
    assert shop.sync().stdout == "Up to date with main.\n"


def test_conflict_must_exit_1_and_name_document_path_values_and_what_settles_it(shop: Shop) -> None:
    shop.ann_says(replicas=2, dbPassword="first")
    shop.bob.commit({DEV: shop.document(replicas=3, dbPassword="first")}, "from Bob")

    result = shop.sync()

    assert result.exit_code == 1
    assert f"{DEV} at $.variables.replicas: both sides changed it\n" in result.stdout
    assert "  here:   3   (Ada, from Bob)\n  there:  2   (Ada, from Ann)\n  before: 1\n" in result.stdout
    assert f"--resolve '{DEV}:$.variables.replicas=ours'" in result.stdout
    assert shop.sync(f"--resolve={DEV}:$.variables.replicas=theirs").exit_code == 0
    assert json.loads((shop.bob.folder / DEV).read_text())["variables"]["replicas"] == 2


@pytest.mark.parametrize("words", [[], ["-o", "json"]])
def test_conflict_about_a_secret_must_not_show_it(shop: Shop, words: list[str]) -> None:
    shop.ann_says(replicas=1, dbPassword="swordfish")
    shop.bob.commit({DEV: shop.document(replicas=1, dbPassword="trout")})

    result = shop.sync(*words)

    assert result.exit_code == 1
    assert "$.variables.dbPassword" in result.output
    for secret in ("swordfish", "trout", "first"):
        assert secret not in result.output


def test_json_must_be_one_document_of_the_outcome(shop: Shop) -> None:
    shop.ann_says(replicas=2, dbPassword="first")

    checked, done = (json.loads(shop.sync(*words, "-o", "json").stdout) for words in (["--check"], []))

    assert (checked["state"], checked["check"], done["check"]) == ("Pulled", True, False)
    assert {**checked, "check": False} == done
    assert done["after"] == shop.ann.git("rev-parse", "HEAD")


def test_status_must_tell_the_reason_of_a_failure_and_the_last_good_commit(shop: Shop) -> None:
    shop.sync()
    good = shop.bob.git("rev-parse", "HEAD")
    shop.ann.git("push", "-q", "origin", "main:trunk")
    shop.ann.git("--git-dir", str(shop.ann.folder.parent / "bare.git"), "branch", "-D", "main")

    assert shop.sync().exit_code == 1
    found = json.loads(shop.sync("--status", "-o", "json").stdout)

    assert (found["last"]["state"], found["last"]["reason"], found["last"]["good"]) == ("Failed", "BranchGone", good)
    assert "Failed (BranchGone)" in shop.sync("--status").stdout
    assert found["commit"] == good


def test_workspace_with_a_mistake_must_still_be_synced(shop: Shop) -> None:
    shop.bob.commit({"workspace.json": "{"})
    shop.ann_says(replicas=2, dbPassword="first")

    result = shop.sync()

    assert result.exit_code == 0
    assert "its settings for Git are not used" in result.stderr


def test_server_that_is_named_relative_to_the_clone_must_be_found_from_anywhere(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.bob.git("remote", "set-url", "origin", "../bare.git")
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "elsewhere" / "deep")

    assert shop.sync().exit_code == 0


@pytest.mark.parametrize("text", ["x", "x=mine", "=ours"])
def test_wrong_resolve_must_say_how_it_is_written(shop: Shop, text: str) -> None:
    error = shop.sync("--resolve", text).exception

    assert "--resolve: found" in str(error)
