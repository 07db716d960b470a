"""A repository must be read as it is, and changed without losing anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import GitError
from ansible_collections.roro.kube.plugins.module_utils._git import Conflict, Head, Person, open_repository
from git_scene import Scene


def test_a_repository_must_say_where_it_stands(repository: Scene) -> None:
    assert repository.open().head() == Head(None, "main")
    assert repository.open().head().unborn
    first = repository.commit({"workspace.json": "{}"})
    assert repository.open().head() == Head(first, "main")
    repository.git("checkout", "-q", "--detach")
    assert repository.open().head() == Head(first, None)


def test_status_must_tell_each_kind_of_change_from_the_others(repository: Scene) -> None:
    repository.commit({"a.json": "1", "b.json": "1", "c.json": "1"})
    assert not repository.open().status().dirty
    repository.write({"a.json": "2", "b.json": "2", "new folder/d e.json": "1"})
    repository.git("add", "b.json")
    status = repository.open().status()
    assert (status.staged, status.changed, status.untracked) == (("b.json",), ("a.json",), ("new folder/",))
    assert status.dirty
    assert (status.upstream, status.ahead, status.behind) == (None, None, None)
    assert repository.open().status(untracked=False).untracked == ()


def test_commits_must_come_with_their_people_and_times(repository: Scene) -> None:
    first = repository.commit({"a.json": "1"}, "One\n\nwhy")
    second = repository.commit({"a.json": "2"}, "Zwei ü")
    found = repository.open().commits("HEAD")
    assert [commit.name for commit in found] == [second, first]
    assert found[0].parents == (first,)
    assert (found[0].subject, found[1].subject) == ("Zwei ü", "One")
    assert found[0].author == Person("Ada", "ada@example.com")
    assert found[0].when.tzinfo is not None
    assert [commit.name for commit in repository.open().commits("main", since=first)] == [second]


def test_files_of_a_revision_must_be_those_of_that_revision(repository: Scene) -> None:
    repository.commit({"workspace.json": "old", "apps/web/app.json": "1", "apps/web/manifests/a b.yaml": "x", "zoo.json": ""})
    repository.commit({"workspace.json": "new"})
    opened = repository.open()
    assert [file.path for file in opened.files("HEAD~1")] == [
        "apps/web/app.json",
        "apps/web/manifests/a b.yaml",
        "workspace.json",
        "zoo.json",
    ]
    assert [file.path for file in opened.files("HEAD", "apps/web")] == ["apps/web/app.json", "apps/web/manifests/a b.yaml"]
    assert opened.files("HEAD", "nowhere") == []
    assert (opened.read("HEAD~1", "workspace.json"), opened.read("HEAD", "workspace.json")) == (b"old", b"new")
    assert opened.read("HEAD", "zoo.json") == b""
    assert opened.read("HEAD", "gone.json") is None


def test_a_revision_with_too_many_files_must_be_refused(repository: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit({f"a/{number}": "1" for number in range(4)})
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._git.objects.MOST_FILES", 4)
    assert len(repository.open().files("HEAD")) == 4
    repository.commit({"a/4": "1"})
    with pytest.raises(GitError) as caught:
        repository.open().files("HEAD")
    assert caught.value.reason == "TooMuch"


def test_a_revision_that_is_not_there_must_be_an_error_that_names_it(repository: Scene) -> None:
    repository.commit({"a": "1"})
    with pytest.raises(GitError) as caught:
        repository.open().commit("--output=/tmp/x")
    assert caught.value.reason == "NotFound"
    assert "--output=/tmp/x" in str(caught.value)


def test_two_sides_must_merge_without_touching_the_work_tree(repository: Scene) -> None:
    base = repository.commit({"a.json": "1\n", "b.json": "1\n", "c.json": "1\n"})
    ours = repository.commit({"a.json": "ours\n"})
    repository.git("checkout", "-q", "-b", "theirs", base)
    theirs = repository.commit({"a.json": "theirs\n", "b.json": "theirs\n"})
    repository.git("checkout", "-q", "main")
    opened = repository.open()
    merged = opened.merge_tree(ours, theirs)
    assert [conflict.path for conflict in merged.conflicts] == ["a.json"]
    [conflict] = merged.conflicts
    sides = [side for side in (conflict.base, conflict.ours, conflict.theirs) if side is not None]
    held = opened.blobs([side.blob for side in sides])
    assert [held[side.blob] for side in sides] == [b"1\n", b"ours\n", b"theirs\n"]
    assert opened.read(merged.tree, "b.json") == b"theirs\n"
    assert "a.json" in merged.messages
    assert not opened.status().dirty
    assert opened.head().commit == ours
    assert opened.ahead_behind(ours, theirs) == (1, 1)
    assert opened.merge_base(ours, theirs) == base


def test_a_side_that_removed_a_file_must_be_none_in_its_conflict(repository: Scene) -> None:
    base = repository.commit({"a.json": "1\n", "b": "1"})
    repository.git("rm", "-q", "a.json")
    ours = repository.commit({})
    repository.git("checkout", "-q", "-b", "theirs", base)
    theirs = repository.commit({"a.json": "theirs\n"})
    [conflict] = repository.open().merge_tree(ours, theirs).conflicts
    assert isinstance(conflict, Conflict)
    assert conflict.ours is None
    assert conflict.theirs is not None


def test_a_tree_and_a_commit_must_be_writable_beside_the_work_tree(repository: Scene) -> None:
    first = repository.commit({"a.json": "1", "apps/b.json": "1", "c.json": "1"})
    opened = repository.open()
    blob, empty = opened.write_blob(b"made"), opened.write_blob(b"")
    tree = opened.write_tree(first, {"apps/b.json": (0o100644, blob), "new/d.json": (0o100644, empty), "c.json": None})
    assert [file.path for file in opened.files(tree)] == ["a.json", "apps/b.json", "new/d.json"]
    made = opened.write_commit(tree, [first], "Ein Wort ü\n", author=Person("Grace", "grace@example.com"))
    assert opened.commit(made).author == Person("Grace", "grace@example.com")
    assert opened.commit(made).committer == Person("Ada", "ada@example.com")
    assert opened.head().commit == first
    opened.move_to(made, why="test")
    assert (repository.folder / "apps/b.json").read_text() == "made"
    assert not (repository.folder / "c.json").exists()
    assert not opened.status().dirty


def test_local_changes_must_survive_a_move_or_stop_it(repository: Scene) -> None:
    first = repository.commit({"a.json": "1", "b.json": "1"})
    second = repository.commit({"a.json": "2"})
    opened = repository.open()
    repository.write({"b.json": "mine"})
    opened.move_to(first, why="test")
    assert (repository.folder / "b.json").read_text() == "mine"
    repository.write({"a.json": "mine"})
    with pytest.raises(GitError) as caught:
        opened.move_to(second, why="test")
    assert caught.value.reason == "LocalChanges"
    assert (repository.folder / "a.json").read_text() == "mine"
    assert opened.head().commit == first


def test_a_branch_that_moved_meanwhile_must_not_be_moved(repository: Scene) -> None:
    first = repository.commit({"a": "1"})
    second = repository.commit({"a": "2"})
    opened = repository.open()
    opened.move_reference("refs/heads/side", first, None, why="test")
    with pytest.raises(GitError) as caught:
        opened.move_reference("refs/heads/side", second, second, why="test")
    assert caught.value.reason in ("Rejected", "Locked")
    assert opened.resolve("side") == first


def test_saving_must_commit_what_was_asked_for_and_nothing_else(repository: Scene) -> None:
    repository.commit({"a.json": "1", "b.json": "1"})
    opened = repository.open()
    assert opened.save("nothing") is None
    repository.write({"a.json": "2", "b.json": "2", "c.json": "1"})
    saved = opened.save("only a", ["a.json"])
    assert saved == opened.head().commit
    status = opened.status()
    assert (status.changed, status.untracked) == (("b.json",), ("c.json",))
    opened.save("all")
    assert not opened.status().dirty


def test_who_is_not_known_to_git_must_be_told_what_to_run(repository: Scene) -> None:
    repository.commit({"a": "1"})
    repository.git("config", "--unset", "user.email")
    repository.write({"a": "2"})
    with pytest.raises(GitError) as caught:
        repository.open().save("x")
    assert caught.value.reason == "NoIdentity"
    assert "user.email" in str(caught.value)
    assert "git config --global user.email" in (caught.value.problems[0].hint or "")


def test_a_linked_work_tree_must_stand_for_itself(repository: Scene, tmp_path: Path) -> None:
    first = repository.commit({"a": "1"})
    repository.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    second = Scene(tmp_path / "side").commit({"a": "2"})
    side = open_repository(tmp_path / "side")
    assert (side.head(), repository.open().head()) == (Head(second, "side"), Head(first, "main"))
    assert side.read("HEAD", "a") == b"2"
    blob = side.write_blob(b"3")
    assert side.read(side.write_tree("HEAD", {"a": (0o100644, blob)}), "a") == b"3"


@pytest.mark.parametrize(("options", "reason"), [(("--bare",), "Bare"), (("--object-format=sha256",), "UnknownFormat")])
def test_what_is_not_supported_must_be_refused_in_words(tmp_path: Path, options: tuple[str, ...], reason: str) -> None:
    folder = tmp_path / "it"
    folder.mkdir()
    Scene(folder).git("init", "-q", *options)
    with pytest.raises(GitError) as caught:
        open_repository(folder)
    assert caught.value.reason == reason


def test_a_folder_outside_every_repository_must_say_so(tmp_path: Path) -> None:
    with pytest.raises(GitError) as caught:
        open_repository(tmp_path)
    assert caught.value.reason == "NotARepository"


def test_a_folder_below_the_root_must_find_its_repository(repository: Scene) -> None:
    repository.commit({"deep/er/a": "1"})
    assert open_repository(repository.folder / "deep/er").root == repository.folder


def test_a_repository_of_another_user_must_be_told(repository: Scene) -> None:
    repository.commit({"a": "1"})
    if os.getuid() != 0:
        pytest.skip("only root can give a folder to another user")
    for path in (repository.folder, repository.folder / ".git"):
        os.chown(path, 65534, 65534)
    with pytest.raises(GitError) as caught:
        repository.open()
    assert caught.value.reason == "NotOwned"
    assert "safe.directory" in (caught.value.problems[0].hint or "")
