"""A real repository for a test, made by a git that sees nothing of this machine's configuration."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._git import Repository, open_repository

PERSON = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}


class Scene:
    """A repository under test at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *words: str, fails: bool = False) -> str:
        """What a plain git prints; the test fails where git does, unless it should."""
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C", **PERSON}
        done = subprocess.run(["git", *words], cwd=self.folder, env=environment, capture_output=True, text=True)
        assert fails or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, files: dict[str, str]) -> None:
        """Write files of the work tree."""
        for path, text in files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def commit(self, files: dict[str, str], message: str = "a change") -> str:
        """Write files and commit everything; the commit."""
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def open(self) -> Repository:
        """The repository as the engine has it."""
        return open_repository(self.folder)


def make_repository(folder: Path, *options: str) -> Scene:
    """An empty repository on branch main with a user of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    scene = Scene(folder)
    scene.git("init", "-q", "-b", "main", *options)
    scene.git("config", "user.name", "Ada")
    scene.git("config", "user.email", "ada@example.com")
    return scene
