"""Which checkouts are the same workspace, read from directories as Git lays them out (gitrepository-layout(5))."""

from __future__ import annotations

import shutil
import types
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.data.workspace_origin import WorkspaceOrigin
from ansible_collections.roro.kube.plugins.module_utils._workflow import origin_on_disk as origins
from ansible_collections.roro.kube.plugins.module_utils._workflow.origin_on_disk import normalised, workspace_origin


def repository(top: Path, address: str = "", name: str = "origin") -> Path:
    """A checkout as `git clone` leaves it."""
    data = top / ".git"
    data.mkdir(parents=True)
    (data / "HEAD").write_text("ref: refs/heads/main\n")
    remote = f'[remote "{name}"]\n\turl = {address}\n\tfetch = +refs/heads/*:refs/remotes/{name}/*\n' if address else ""
    (data / "config").write_text(f'[core]\n\trepositoryformatversion = 0\n{remote}[branch "main"]\n\tremote = {name}\n')
    return top


def origin(root: Path, *, remember: bool = True, **git: Any) -> WorkspaceOrigin:
    root.mkdir(parents=True, exist_ok=True)
    workspace: Any = types.SimpleNamespace(root=root, git=git)
    return workspace_origin(workspace, remember=remember)


@pytest.mark.parametrize(
    "address",
    [
        "git@git.example:team/shop.git",
        "ssh://git@git.example:2222/team/shop.git",
        "https://git.example/team/shop",
        "https://GIT.example/team/shop.git/",
        "https://ci-token:secret@git.example/team/shop.git",
    ],
)
def test_every_address_of_a_repository_must_be_one_origin_without_credentials(tmp_path: Path, address: str) -> None:
    found = origin(repository(tmp_path / "checkout", address))
    assert found.key == "git:git.example/team/shop#"
    assert found.place == "git.example/team/shop"
    assert "secret" not in repr(found)


def test_checkouts_in_different_directories_must_be_the_same(tmp_path: Path) -> None:
    one = origin(repository(tmp_path / "build-1", "https://git.example/shop") / "deploy")
    other = origin(repository(tmp_path / "elsewhere/build-2", "git@git.example:shop.git") / "deploy")
    assert one == other
    assert one.place == "git.example/shop, folder deploy"
    assert not (tmp_path / "build-1/deploy/.roro").exists()


def test_two_workspaces_in_one_repository_must_be_told_apart(tmp_path: Path) -> None:
    top = repository(tmp_path / "mono", "https://git.example/mono")
    assert not origin(top / "shop").answers_to(origin(top / "bank"))


def test_a_worktree_and_a_submodule_must_be_read_through_their_git_file(tmp_path: Path) -> None:
    main = repository(tmp_path / "main", "https://git.example/shop")
    data = main / ".git/worktrees/fix"
    data.mkdir(parents=True)
    (data / "HEAD").write_text("ref: refs/heads/fix\n")
    (data / "commondir").write_text("../..\n")
    tree = tmp_path / "fix"
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {data}\n")
    assert origin(tree) == origin(main)


def test_a_clone_of_a_clone_on_this_machine_must_be_what_the_first_is(tmp_path: Path) -> None:
    project = repository(tmp_path / "projects/_8__shop", "https://git.example/shop")
    job = repository(tmp_path / "runner/project", project.as_uri())
    assert origin(job) == origin(project)


def test_what_the_document_says_must_be_stronger_than_the_remote(tmp_path: Path) -> None:
    mirror = origin(repository(tmp_path / "mirror", "https://mirror.example/shop"), url="git@git.example:team/shop.git")
    assert mirror.key == "git:git.example/team/shop#"
    assert mirror.answers_to(origin(repository(tmp_path / "before", "https://mirror.example/shop")))
    assert origin(tmp_path / "archive", url="https://git.example/team/shop").answers_to(mirror)


def test_without_git_an_identity_must_be_kept_with_the_workspace_and_move_with_it(tmp_path: Path) -> None:
    one, other = origin(tmp_path / "one/shop"), origin(tmp_path / "other/shop")
    assert not one.answers_to(other)
    (tmp_path / "one/shop").rename(tmp_path / "moved")
    assert origin(tmp_path / "moved").key == one.key
    assert one.place.startswith(f"{tmp_path / 'one/shop'} on ")


def test_a_repository_without_a_remote_must_keep_the_identity_in_its_own_data(tmp_path: Path) -> None:
    top = repository(tmp_path / "shop")
    first = origin(top)
    assert [path.name for path in top.iterdir()] == [".git"]
    assert origin(top) == first
    (top / ".git/config").write_text('[remote "origin"]\n  url = https://git.example/shop\n')
    assert origin(top).answers_to(first)


def test_a_directory_that_is_put_into_git_later_must_stay_the_same_workspace(tmp_path: Path) -> None:
    before = origin(tmp_path / "shop")
    repository(tmp_path / "shop", "https://git.example/shop")
    after = origin(tmp_path / "shop")
    assert after.key == "git:git.example/shop#"
    assert after.answers_to(before)


def test_a_check_must_write_nothing_and_match_nothing(tmp_path: Path) -> None:
    found = origin(tmp_path / "shop", remember=False)
    assert not list((tmp_path / "shop").iterdir())
    assert not found.answers_to(origin(tmp_path / "other"))
    assert found.answers_to(WorkspaceOrigin())


def test_where_nothing_can_be_written_the_directory_must_do(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/.roro").write_text("a file in the way")
    assert origin(tmp_path / "shop").key == f"directory:{tmp_path / 'shop'}"


def test_a_broken_repository_must_not_stop_a_run(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/.git").write_text("gitdir: /nowhere\n")
    assert origin(tmp_path / "shop").key.startswith("id:")
    assert normalised("https://[bad", tmp_path) == ""


def recorded(found: WorkspaceOrigin) -> WorkspaceOrigin:
    """What a record keeps of it."""
    return found.recorded_over(WorkspaceOrigin())


@pytest.fixture(params=["a file in the way", "no rights"])
def closed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace's folder in which no id can be kept."""
    folder = tmp_path / "shop"
    folder.mkdir()
    if request.param == "no rights":
        monkeypatch.setattr(origins, "_write_id", lambda path: None)
        monkeypatch.setattr(origins.os, "access", lambda path, mode: False)
    else:
        (folder / ".roro").write_text("a file in the way")
    return folder


def test_reads_and_removals_must_see_in_a_folder_that_cannot_be_written_what_up_saw(closed: Path) -> None:
    assert origin(closed, remember=False) == origin(closed)
    assert origin(closed, remember=False).answers_to(recorded(origin(closed)))


def test_a_new_copy_in_the_same_folder_must_be_the_same_workspace(tmp_path: Path) -> None:
    before = recorded(origin(tmp_path / "shop"))
    shutil.rmtree(tmp_path / "shop")
    for remember in (False, True):
        assert origin(tmp_path / "shop", remember=remember).answers_to(before)
    assert origin(tmp_path / "shop").recorded_over(before).key == origin(tmp_path / "shop").key, "so that the copy may be moved"
    assert origin(tmp_path / "other/shop", remember=False).recorded_over(WorkspaceOrigin()) == WorkspaceOrigin()


def test_a_copy_without_git_in_the_folder_of_a_checkout_must_be_the_same_workspace(tmp_path: Path) -> None:
    before = recorded(origin(repository(tmp_path / "shop", "https://git.example/shop")))
    shutil.rmtree(tmp_path / "shop/.git")
    assert origin(tmp_path / "shop").answers_to(before)
    assert not origin(tmp_path / "other").answers_to(before)


def test_another_repository_in_the_same_folder_must_not_be_the_same(tmp_path: Path) -> None:
    before = recorded(origin(repository(tmp_path / "build", "https://git.example/shop")))
    shutil.rmtree(tmp_path / "build")
    assert not origin(repository(tmp_path / "build", "https://git.example/bank")).answers_to(before)


def test_machines_of_one_name_must_be_told_apart_where_that_is_possible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def on(machine: str) -> WorkspaceOrigin:
        shutil.rmtree(tmp_path / "shop", ignore_errors=True)
        (tmp_path / "machine-id").write_text(f"{machine * 32}\n" if machine else "uninitialized\n")
        monkeypatch.setattr(origins, "_MACHINE_IDS", (str(tmp_path / "machine-id"),))
        return origin(tmp_path / "shop")

    one, other, nameless = recorded(on("1")), on("2"), on("")
    assert not other.answers_to(one)
    assert other.place != one.place, "a refusal never names two equal places"
    assert nameless.answers_to(one)
    assert "1" * 8 not in one.place.rpartition("(")[2]
    before_machines = WorkspaceOrigin("id:0", one.place.partition(" (machine")[0])
    assert other.answers_to(before_machines), "a record of an earlier version"
