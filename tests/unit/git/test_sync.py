"""Two clones of one repository change it at once and come together again; nothing of either is lost."""

from __future__ import annotations

import json
import os
import random
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import GitError
from ansible_collections.roro.kube.plugins.module_utils._git import Access, open_repository, read_address
from ansible_collections.roro.kube.plugins.module_utils._sync import Server, Synced, SyncOptions, sync, worktree
from ansible_collections.roro.kube.plugins.module_utils._sync.combine import combine
from git_scene import Scene, make_repository

DEV = "environments/dev/environment.json"
DOCUMENT = {"variables": {"a": 1, "b": 1}, "instances": [{"app": "db"}, {"app": "api"}]}


@dataclass
class Clone:
    """One person's clone. scene: it by hand."""

    scene: Scene
    bare: Path
    name: str

    @property
    def root(self) -> Path:
        return self.scene.folder

    def sync(self, **options: Any) -> Synced:
        server = Server(read_address(str(self.bare))[0], Access(files=True))
        return sync(open_repository(self.root), server, SyncOptions(**options))

    def write(self, path: str, content: Any) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content, indent=2) + "\n")

    def data(self, path: str = DEV) -> Any:
        return json.loads((self.root / path).read_text())

    def change(self, path: str = DEV, *, message: str = "", **variables: Any) -> None:
        data = self.data(path)
        data["variables"].update(variables)
        self.write(path, data)
        if message:
            self.commit(message)

    def commit(self, message: str) -> str:
        self.scene.git("add", "-A")
        self.scene.git("commit", "-qm", message, f"--author={self.name} <{self.name.lower()}@example.com>")
        return self.head

    @property
    def head(self) -> str:
        return self.scene.git("rev-parse", "HEAD")

    @property
    def dirty(self) -> list[str]:
        """Files that differ from the commit, sorted."""
        return sorted(line.split()[-1] for line in self.scene.git("status", "--porcelain").split("\n") if line)


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Clone, Clone]:
    """Clones of Ann and Bob of a workspace with one environment."""
    bare = tmp_path / "bare.git"
    first = make_repository(tmp_path / "ann")
    ann = Clone(first, bare, "Ann")
    ann.write(DEV, DOCUMENT)
    ann.write("apps/api/manifests/page.yaml", "one: 1\ntwo: 2\nthree: 3\n")
    ann.commit("The workspace")
    first.git("branch", "-M", "main")
    first.git("clone", "-q", "--bare", str(first.folder), str(bare))
    for scene in (first, make_repository(tmp_path / "bob")):
        scene.git("remote", "add", "origin", str(bare))
        scene.git("fetch", "-q", "origin")
        scene.git("checkout", "-q", "-B", "main", "origin/main")
    return ann, Clone(Scene(tmp_path / "bob"), bare, "Bob")


def test_commits_of_the_server_must_come_here(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.change(message="a is two", a=2)
    assert ann.sync(push=True).state == "Pushed"

    done = bob.sync()

    assert (done.state, done.changed, done.after) == ("Pulled", True, ann.head)
    assert [commit.subject for commit in done.pulled] == ["a is two"]
    assert bob.data()["variables"]["a"] == 2
    assert bob.dirty == []
    assert bob.sync().state == "UpToDate"


@pytest.mark.parametrize(("strategy", "state", "parents"), [("rebase", "Rebased", 1), ("merge", "Merged", 2)])
def test_different_keys_of_one_document_must_meet(clones: tuple[Clone, Clone], strategy: str, state: str, parents: int) -> None:
    ann, bob = clones
    ann.change(message="a is two", a=2)
    ann.sync(push=True)
    bob.change(message="b is two", b=2)

    done = bob.sync(strategy=strategy, push=True)

    assert (done.state, done.clashes, done.pushed) == (state, (), parents)
    assert bob.data()["variables"] == {"a": 2, "b": 2}
    assert len(bob.scene.git("log", "-1", "--format=%P").split()) == parents
    assert bob.scene.git("log", "-1", "--format=%an", "--grep", "b is two") == "Bob"
    ann.sync()
    assert ann.head == bob.head
    assert ann.data() == bob.data()


def test_conflict_must_touch_nothing_and_say_who_said_what(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.change(message="two replicas", a=2)
    ann.sync(push=True)
    bob.change(message="three replicas", a=3, b=5)
    before = bob.head

    done = bob.sync()

    assert (done.state, bob.head, bob.dirty) == ("Conflict", before, [])
    (clash,) = done.clashes
    assert (clash.file, clash.path, clash.base, clash.ours, clash.theirs) == (DEV, "$.variables.a", 1, 3, 2)
    assert (clash.ours_by, clash.theirs_by) == ("Bob, three replicas", "Ann, two replicas")


@pytest.mark.parametrize(("chosen", "value"), [("ours", 3), ("theirs", 2)])
@pytest.mark.parametrize("name", [f"{DEV}:$.variables.a", DEV])
def test_conflict_must_be_settled_by_the_side_that_was_chosen(clones: tuple[Clone, Clone], name: str, chosen: str, value: int) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    ann.sync(push=True)
    bob.change(message="three", a=3, b=5)

    done = bob.sync(resolve={name: chosen}, push=True)

    assert done.state == "Rebased"
    assert bob.data()["variables"] == {"a": value, "b": 5}


@pytest.mark.parametrize(("strategy", "value"), [("ours", 3), ("theirs", 2)])
def test_strategy_must_settle_what_nobody_chose(clones: tuple[Clone, Clone], strategy: str, value: int) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    ann.write("apps/api/manifests/page.yaml", "one: 1\ntwo: ann\nthree: 3\n")
    ann.commit("page")
    ann.sync(push=True)
    bob.change(message="three", a=3)
    bob.write("apps/api/manifests/page.yaml", "zero: 0\none: 1\ntwo: bob\nthree: 3\n")
    bob.commit("page too")

    assert bob.sync(strategy=strategy).state == "Merged"

    assert bob.data()["variables"]["a"] == value
    page = (bob.root / "apps/api/manifests/page.yaml").read_text()
    assert page == f"zero: 0\none: 1\ntwo: {'bob' if strategy == 'ours' else 'ann'}\nthree: 3\n"


def test_document_that_one_side_moved_must_still_be_joined_by_key(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    moved = "environments/development/environment.json"
    ann.scene.git("mv", "environments/dev", "environments/development")
    ann.change(moved, message="moved", new=1, b=2)
    ann.sync(push=True)
    bob.change(message="changed", a=5)

    assert bob.sync(check=True).clashes == ()
    assert bob.sync().state == "Rebased"
    assert bob.data(moved)["variables"] == {"a": 5, "b": 2, "new": 1}
    assert not (bob.root / DEV).exists()


def test_clash_in_a_document_that_one_side_moved_must_be_told(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    bob.scene.git("mv", "environments/dev", "environments/development")
    bob.change("environments/development/environment.json", message="moved", new=1)
    ann.change(message="new too", new=2)
    ann.sync(push=True)

    done = bob.sync()

    assert [(clash.name, clash.ours, clash.theirs) for clash in done.clashes] == [
        ("environments/development/environment.json:$.variables.new", 1, 2)
    ]


def test_diverged_history_must_be_refused_where_that_is_asked_for(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    ann.sync(push=True)
    bob.change(message="five", b=5)

    with pytest.raises(GitError, match="1 here, 1 on main") as error:
        bob.sync(strategy="fail")

    assert error.value.reason == "Diverged"


def test_uncommitted_work_must_still_be_there_and_uncommitted(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    ann.write("apps/web/app.json", {"variables": {"x": 1}})
    ann.commit("web")
    ann.sync(push=True)
    bob.change(b=7)
    bob.write("notes.txt", "mine\n")
    bob.write("apps/api/manifests/page.yaml", "one: 1\ntwo: 2\nthree: 3\nfour: 4\n")

    done = bob.sync()

    assert done.state == "Pulled"
    assert set(done.local) == {DEV, "apps/api/manifests/page.yaml"}
    assert bob.data()["variables"] == {"a": 2, "b": 7}
    assert bob.data("apps/web/app.json") == {"variables": {"x": 1}}
    assert bob.dirty == ["apps/api/manifests/page.yaml", DEV, "notes.txt"]
    assert bob.head == ann.head
    kept = bob.scene.git("for-each-ref", "--format=%(refname)", "refs/roro/kept/")
    assert json.loads(bob.scene.git("show", f"{kept}:{DEV}"))["variables"] == {"a": 1, "b": 7}


def test_uncommitted_work_that_clashes_must_stop_the_sync_before_anything_is_touched(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    ann.sync(push=True)
    bob.change(a=9)
    before, files = bob.head, (bob.root / DEV).read_text()

    done = bob.sync()

    assert (done.state, bob.head, (bob.root / DEV).read_text()) == ("Conflict", before, files)
    assert [(clash.name, clash.ours, clash.ours_by) for clash in done.clashes] == [(f"{DEV}:$.variables.a", 9, "not committed yet")]
    assert bob.sync(resolve={DEV: "ours"}).state == "Pulled"
    assert bob.data()["variables"]["a"] == 9


def test_new_file_that_git_does_not_know_must_not_be_written_over(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.write("apps/web/page.txt", "ann\n")
    ann.write("apps/web/app.json", {"variables": {"x": 1}})
    ann.commit("web")
    ann.sync(push=True)
    bob.write("apps/web/page.txt", "bob\n")
    bob.write("apps/web/app.json", {"variables": {"y": 1}})

    done = bob.sync()

    assert [clash.name for clash in done.clashes] == ["apps/web/page.txt"]
    assert (bob.root / "apps/web/page.txt").read_text() == "bob\n"
    bob.write("apps/web/page.txt", "ann\n")
    assert bob.sync().state == "Pulled"
    assert bob.data("apps/web/app.json") == {"variables": {"y": 1, "x": 1}}


def test_folder_in_the_place_of_a_new_file_must_be_told(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.write("build", "a file\n")
    ann.commit("build")
    ann.sync(push=True)
    bob.write("build/out.txt", "mine\n")

    with pytest.raises(GitError, match="in the way of what comes: build") as error:
        bob.sync()

    assert error.value.reason == "InTheWay"
    assert (bob.root / "build/out.txt").read_text() == "mine\n"


def test_link_to_elsewhere_must_not_be_written_through(clones: tuple[Clone, Clone], tmp_path: Path) -> None:
    ann, bob = clones
    ann.write("out/new.txt", "ann\n")
    ann.commit("out")
    ann.sync(push=True)
    (tmp_path / "elsewhere").mkdir()
    (bob.root / "out").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(GitError, match="in the way"):
        bob.sync()

    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_files_links_modes_and_removals_must_arrive_as_they_are(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.write("bin/run", "#!/bin/sh\n")
    (ann.root / "bin/run").chmod(0o755)
    (ann.root / "link").symlink_to("bin/run")
    (ann.root / "apps/api/manifests/page.yaml").unlink()
    ann.commit("all kinds")
    ann.sync(push=True)

    bob.sync()

    assert (bob.root / "bin/run").stat().st_mode & 0o111
    assert (bob.root / "link").readlink() == Path("bin/run")
    assert not (bob.root / "apps/api").exists()
    assert bob.dirty == []
    assert not list(bob.root.glob(".roro-sync-*"))


def test_rewritten_history_must_keep_the_last_good_state_until_it_is_followed(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    ann.sync(push=True)
    bob.sync()
    bob.change(message="b is five", b=5)
    ann.scene.git("commit", "-q", "--amend", "-m", "rewritten")
    ann.write("x.txt", "x")
    ann.commit("more")
    ann.scene.git("push", "-q", "--force", "origin", "main")
    before = bob.head

    for _again in range(2):
        with pytest.raises(GitError, match="was rewritten") as error:
            bob.sync()
        assert (error.value.reason, bob.head) == ("Rewritten", before)

    done = bob.sync(follow_rewritten=True)

    assert done.state == "Rebased"
    assert bob.scene.git("log", "--format=%s").split("\n") == ["b is five", "more", "rewritten", "The workspace"]
    assert bob.data()["variables"] == {"a": 2, "b": 5}
    assert bob.sync().state == "Ahead"


def test_deleted_branch_must_be_told_with_those_that_there_are(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.scene.git("push", "-q", "origin", "main:trunk")
    ann.scene.git("--git-dir", str(ann.bare), "symbolic-ref", "HEAD", "refs/heads/trunk")
    ann.scene.git("push", "-q", "origin", ":main")

    with pytest.raises(GitError) as error:
        bob.sync()

    assert error.value.reason == "BranchGone"
    assert "trunk" in (error.value.problems[0].hint or "")
    assert bob.sync(branch="trunk").state == "UpToDate"


def test_check_must_say_what_would_be_and_change_nothing(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    ann.sync(push=True)
    bob.change(message="five", b=5)
    before = bob.head

    done = bob.sync(check=True, push=True)

    assert (done.state, done.pushed, bob.head, bob.data()["variables"]["a"]) == ("Rebased", 1, before, 1)
    sent = bob.sync(push=True)
    assert (sent.state, sent.pushed, sent.ahead) == (done.state, done.pushed, done.ahead)


def test_check_must_count_what_message_would_commit(clones: tuple[Clone, Clone]) -> None:
    _ann, bob = clones
    bob.write("new.txt", "new\n")
    before = bob.head

    done = bob.sync(check=True, message="New", push=True)

    assert (done.state, done.pushed, done.changed, bob.head) == ("Pushed", 1, True, before)
    assert (bob.dirty, done.notes) == (["new.txt"], ("would commit: New",))
    assert bob.sync(message="New", push=True).state == "Pushed"
    assert bob.sync(check=True, message="Again", push=True).changed is False


def test_message_must_commit_everything_first(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    bob.change(b=5)
    bob.write("new.txt", "new\n")
    bob.write(".gitignore", "*.log\n")
    bob.write("a.log", "not this\n")

    done = bob.sync(message="Five", push=True)

    assert (done.state, done.pushed, bob.dirty) == ("Pushed", 1, [])
    ann.sync()
    assert (ann.root / "new.txt").read_text() == "new\n"
    assert not (ann.root / "a.log").exists()


@pytest.mark.parametrize("prepare", ["detached", "merging"])
def test_clone_in_which_something_is_under_way_must_be_left_alone(clones: tuple[Clone, Clone], prepare: str) -> None:
    _ann, bob = clones
    if prepare == "detached":
        bob.scene.git("checkout", "-q", "--detach")
    else:
        (bob.root / ".git/MERGE_HEAD").write_text(bob.head + "\n")

    with pytest.raises(GitError) as error:
        bob.sync()

    assert error.value.reason == {"detached": "Detached", "merging": "UnderWay"}[prepare]


STEPS = ["write_private", "_change_files", "_write", "_put", "_remove", "_read_index"]


def killed_in(clone: Clone, step: str, *, after: bool) -> None:
    """A sync in a process of its own, which is killed (SIGKILL) before or after a step."""
    child = os.fork()
    if child == 0:
        real = getattr(worktree, step)

        def killed(*arguments: Any, **named: Any) -> None:
            if after:
                real(*arguments, **named)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(worktree, step, killed)
        try:
            clone.sync()
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_change_in_the_second_of_the_checkout_must_be_seen(clones: tuple[Clone, Clone]) -> None:
    """Git compares whole seconds, and looks at the content only of files that are not older than its index (racy-git.txt)."""
    _ann, bob = clones
    file = bob.root / DEV
    bob.scene.git("config", "core.trustctime", "false")
    moment = file.stat().st_mtime_ns - 100 * 10**9
    os.utime(file, ns=(moment, moment))
    bob.scene.git("update-index", "--refresh")
    bob.change(b=7)
    for path in (file, bob.root / ".git/index"):
        os.utime(path, ns=(moment, moment))
    repository = open_repository(bob.root)
    assert b'"b": 7' in (repository.read(worktree.snapshot(repository), DEV) or b"")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_sync_that_was_killed_must_be_taken_up_by_the_next(clones: tuple[Clone, Clone], step: str, after: bool) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    (ann.root / "apps/api/manifests/page.yaml").unlink()
    ann.write("new.txt", "new\n")
    ann.commit("more")
    ann.sync(push=True)
    bob.change(b=7)

    killed_in(bob, step, after=after)
    done = bob.sync()

    assert bob.head == ann.head
    assert bob.data()["variables"] == {"a": 2, "b": 7}
    assert (bob.root / "new.txt").read_text() == "new\n"
    assert not (bob.root / "apps").exists()
    assert bob.dirty == [DEV]
    assert done.state in ("UpToDate", "Pulled")
    assert not list(bob.root.glob(".roro-sync-*"))


def test_file_that_somebody_changed_after_a_kill_must_stay_as_they_wrote_it(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    ann.sync(push=True)
    killed_in(bob, "_write", after=False)
    bob.change(b=11)

    done = bob.sync()

    assert bob.data()["variables"] == {"a": 1, "b": 11}
    assert any(DEV in note for note in done.notes)


def test_two_random_changes_must_lose_no_key_and_conflict_only_where_both_changed_one_value(clones: tuple[Clone, Clone]) -> None:
    """200 documents, each changed at random by two people; what either changed alone arrives, and nothing is half merged."""
    repository, chance = open_repository(clones[0].root), random.Random(7)
    keys = "abcdefgh"

    def changed(data: dict[str, Any]) -> dict[str, Any]:
        data = json.loads(json.dumps(data))
        for _number in range(chance.randint(1, 3)):
            key = chance.choice(keys)
            if chance.random() < 0.25:
                data["variables"].pop(key, None)
            else:
                data["variables"][key] = chance.randint(1, 9)
        return data

    base = {"variables": dict.fromkeys("abcd", 0), "instances": [{"app": "api"}]}
    files = [f"environments/e{number}/environment.json" for number in range(200)]
    sides = [[base, changed(base), changed(base)] for _file in files]

    expected = {
        f"{file}:$.variables.{key}"
        for file, versions in zip(files, sides, strict=True)
        for key in keys
        if len({version["variables"].get(key) for version in versions}) == 3
    }
    whole = set(files) - {name.partition(":")[0] for name in expected}

    def committed(side: int, only: set[str]) -> str:
        written = {file: json.dumps(versions[side], indent=2) for file, versions in zip(files, sides, strict=True) if file in only}
        return clones[0].scene.commit(written)

    done = combine(repository, *(committed(side, set(files)) for side in range(3)), lambda file, path: None)
    good = combine(repository, *(committed(side, whole) for side in range(3)), lambda file, path: None)

    assert {clash.name for clash in done.clashes} == expected
    assert 10 < len(whole) < 190
    assert good.clashes == ()
    blobs = {file.path: file.blob for file in repository.files(good.tree)}
    contents = repository.blobs([blobs[file] for file in whole])
    for file, (before, ours, theirs) in zip(files, sides, strict=True):
        for key in keys if file in whole else ():
            mine = ours["variables"].get(key)
            wanted = mine if mine != before["variables"].get(key) else theirs["variables"].get(key)
            assert json.loads(contents[blobs[file]])["variables"].get(key) == wanted


def test_change_that_git_was_told_not_to_look_at_must_not_be_written_over(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    ann.sync(push=True)
    bob.scene.git("update-index", "--assume-unchanged", DEV)
    bob.change(b=7)

    bob.sync()

    assert bob.data()["variables"] == {"a": 2, "b": 7}


def test_sparse_clone_must_stay_sparse(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    page = "apps/api/manifests/page.yaml"
    ann.write(page, "one: 2\n")
    ann.change(message="two", a=2)
    ann.sync(push=True)
    bob.scene.git("sparse-checkout", "set", "environments")
    assert not (bob.root / "apps").exists()

    done = bob.sync()

    assert (done.local, bob.dirty, bob.data()["variables"]["a"]) == ((), [], 2)
    assert not (bob.root / "apps").exists()
    bob.change(b=9)
    bob.sync(message="Nine", push=True)
    ann.sync()
    assert (ann.root / page).read_text() == "one: 2\n"


def test_many_long_names_must_arrive(clones: tuple[Clone, Clone]) -> None:
    """More than a command line holds (2 MiB)."""
    ann, bob = clones
    folder = "/".join(letter * 240 for letter in "abcdefghij")
    for number in range(900):
        ann.write(f"{folder}/{number}.txt", "x\n")

    ann.sync(message="Many", push=True)
    bob.sync()

    assert len(list((bob.root / folder).iterdir())) == 900


def test_empty_folders_in_the_place_of_a_new_file_must_give_way(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.write("page", "new\n")
    ann.commit("a page")
    ann.sync(push=True)
    (bob.root / "page/empty").mkdir(parents=True)

    bob.sync()

    assert (bob.root / "page").read_text() == "new\n"
    assert not worktree.is_unfinished(open_repository(bob.root))


def test_file_beyond_a_link_must_be_told_as_in_the_way(clones: tuple[Clone, Clone], tmp_path: Path) -> None:
    ann, bob = clones
    ann.write("conf/a.txt", "theirs\n")
    ann.commit("a file")
    ann.sync(push=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.txt").write_text("mine\n")
    (bob.root / "conf").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(GitError) as error:
        bob.sync()

    assert error.value.reason == "InTheWay"
    assert (tmp_path / "elsewhere/a.txt").read_text() == "mine\n"


def test_check_must_not_finish_what_was_killed(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    ann.sync(push=True)
    killed_in(bob, "_write", after=False)
    before = bob.head

    with pytest.raises(GitError) as error:
        bob.sync(check=True)

    assert error.value.reason == "Unfinished"
    assert (bob.head, bob.data()["variables"]["a"]) == (before, 1)
    assert bob.sync().state == "UpToDate"
    assert bob.data()["variables"]["a"] == 2


def test_commit_of_a_message_must_be_told_also_where_a_conflict_follows(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.change(message="two", a=2)
    ann.sync(push=True)
    bob.change(a=3)

    done = bob.sync(message="Three")

    assert done.state == "Conflict"
    assert any(bob.head[:12] in note for note in done.notes)


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_file_that_is_no_text_must_be_settled_as_a_whole(clones: tuple[Clone, Clone], side: str) -> None:
    ann, bob = clones
    ann.write("logo", "\0one")
    ann.commit("logo")
    ann.sync(push=True)
    bob.sync()
    ann.write("logo", "\0theirs")
    ann.commit("another logo")
    ann.sync(push=True)
    bob.write("logo", "\0ours")
    bob.commit("my logo")

    assert bob.sync().state == "Conflict"
    bob.sync(resolve={"logo": side})

    assert (bob.root / "logo").read_text() == f"\0{side}"


@pytest.mark.parametrize(("mark", "end"), [("\ufeff", "\n"), ("", "\r\n"), ("\ufeff", "\r\n")])
def test_mark_and_line_ends_of_a_document_must_stay(clones: tuple[Clone, Clone], mark: str, end: str) -> None:
    ann, bob = clones
    bob.scene.git("config", "core.autocrlf", "false")

    def say(clone: Clone, data: Any, message: str) -> None:
        (clone.root / DEV).write_bytes((mark + json.dumps(data, indent=2) + "\n").replace("\n", end).encode())
        clone.commit(message)

    say(ann, {"x": {}, "y": {}}, "start")
    ann.sync(push=True)
    bob.sync()
    say(ann, {"x": {}, "y": {}, "z": {"m": [{"n": 1}], "o": {"p": 1}}}, "theirs")
    ann.sync(push=True)
    say(bob, {"x": {}, "y": {}, "w": 1}, "ours")

    bob.sync()

    content = (bob.root / DEV).read_bytes().decode()
    assert content.startswith(mark)
    assert content.count("\r") == (content.count("\n") if end == "\r\n" else 0)
    assert json.loads(content.removeprefix(mark)) == {"x": {}, "y": {}, "w": 1, "z": {"m": [{"n": 1}], "o": {"p": 1}}}


def test_change_of_a_file_with_a_filter_must_not_be_written_over(clones: tuple[Clone, Clone]) -> None:
    ann, bob = clones
    ann.write(".gitattributes", "*.bin filter=own\n")
    ann.write("big.bin", "pointer 1\n")
    ann.commit("a large file")
    ann.sync(push=True)
    bob.sync()
    ann.write("big.bin", "pointer 2\n")
    ann.commit("another")
    ann.sync(push=True)
    bob.write("big.bin", "what Bob made, and more\n")

    with pytest.raises(GitError) as error:
        bob.sync()

    assert error.value.reason == "InTheWay"
    assert (bob.root / "big.bin").read_text() == "what Bob made, and more\n"
    bob.scene.git("checkout", "big.bin")
    assert bob.sync().state == "Pulled"
    assert (bob.root / "big.bin").read_text() == "pointer 2\n"
