"""Files of Git LFS are told from changes, and never committed or pushed without what they stand for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import GitError
from ansible_collections.roro.kube.plugins.module_utils._git import Access, push, read_address
from git_scene import Scene

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12\n"
ATTRIBUTES = {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}


def test_a_file_of_lfs_must_not_be_committed(repository: Scene) -> None:
    repository.commit(ATTRIBUTES)
    repository.write({"a.bin": "content", "b.json": "1"})
    opened = repository.open()
    with pytest.raises(GitError) as caught:
        opened.save("all")
    assert (caught.value.reason, "a.bin" in str(caught.value)) == ("LargeFiles", True)
    assert opened.status().staged == ()
    assert opened.save("only b", ["b.json"]) is not None


def test_commits_with_pointers_that_the_server_has_not_seen_must_not_be_pushed(repository: Scene, tmp_path: Path) -> None:
    Scene(tmp_path).git("init", "-q", "--bare", "-b", "main", "far.git")
    far, access = read_address(str(tmp_path / "far.git"))[0], Access(files=True)
    first = repository.commit({**ATTRIBUTES, "workspace.json": "{}"})
    opened = repository.open()
    assert push(opened, far, access, branch="main", commit=first).state == "new"
    second = repository.commit({"a.bin": POINTER})
    with pytest.raises(GitError) as caught:
        push(opened, far, access, branch="main", commit=second)
    assert caught.value.reason == "LargeFiles"
    repository.git("update-ref", "refs/remotes/origin/main", second)  # somebody has pushed it with git itself
    third = repository.commit({"workspace.json": '{"version": 1}'})
    assert push(opened, far, access, branch="main", commit=third).state == "updated"


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not there")
def test_content_that_lfs_has_fetched_must_not_count_as_changed(repository: Scene) -> None:
    for setting, value in (("clean", "git-lfs clean -- %f"), ("smudge", "git-lfs smudge -- %f"), ("process", "git-lfs filter-process")):
        repository.git("config", f"filter.lfs.{setting}", value)
    repository.commit({**ATTRIBUTES, "a.bin": "the content itself"})
    assert repository.git("show", "HEAD:a.bin").startswith("version https://git-lfs")
    os.utime(repository.folder / "a.bin", (1, 1))  # Git looks at the content again
    assert not repository.open().status().dirty
    repository.write({"a.bin": "another content"})
    assert repository.open().status().changed == ("a.bin",)


def test_extensions_of_lfs_must_not_run(repository: Scene, tmp_path: Path) -> None:
    program = tmp_path / "marker"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    program.chmod(0o755)
    repository.commit({**ATTRIBUTES, "a.bin": POINTER})
    for key, value in (("clean", str(program)), ("smudge", str(program)), ("priority", "0")):
        subprocess.run(["git", "-C", str(repository.folder), "config", f"lfs.extension.x.{key}", value], check=True)
    repository.write({"a.bin": "changed"})
    repository.open().status()
    assert not (tmp_path / "ran").exists()
