"""An image's name follows from its sources: the same ones give the same name anywhere, others another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._build import ImageSpec, inputs_of, reference_of
from ansible_collections.roro.kube.plugins.module_utils._errors import BuildError
from ansible_collections.roro.kube.plugins.module_utils._model import BuildSecret

MakeSpec = Callable[..., ImageSpec]


def test_the_same_sources_must_have_the_same_name_elsewhere_and_later(make_spec: MakeSpec, tmp_path: Path) -> None:
    spec = make_spec({"a/b.txt": "one"})
    os.symlink("b.txt", spec.context / "a" / "link")
    elsewhere = tmp_path / "other"
    shutil.copytree(spec.root, elsewhere, symlinks=True)
    for path in elsewhere.rglob("*.txt"):
        os.utime(path, (1, 1))
        path.chmod(0o664)  # another umask
    there = replace(spec, root=elsewhere, context=elsewhere / "src", dockerfile=elsewhere / "src" / "Dockerfile")
    assert inputs_of(spec) == inputs_of(spec) == inputs_of(there)
    assert reference_of(spec, inputs_of(spec)) == f"roro.local/shop/api:{inputs_of(spec)[:16]}"


@pytest.mark.parametrize(
    "change",
    [
        {"target": "run"},
        {"args": {"A": "1"}},
        {"platforms": ("linux/arm64",)},
        {"labels": {"a": "b"}},
        {"secrets": (BuildSecret("npm", environment="NPM"),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_asked_for_must_be_part_of_the_name(make_spec: MakeSpec, change: dict[str, object]) -> None:
    spec = make_spec({})
    assert inputs_of(replace(spec, **change)) != inputs_of(spec)  # type: ignore[arg-type]


def test_tags_and_sizes_must_not_be_part_of_the_name(make_spec: MakeSpec) -> None:
    spec = make_spec({})
    assert inputs_of(replace(spec, tags=("v1",), max_size=1, label="api-blue")) == inputs_of(spec)


def content(context: Path) -> None:
    (context / "a.txt").write_text("two")


def same_size_and_times(context: Path) -> None:
    before = (context / "a.txt").stat()
    (context / "a.txt").write_text("eno")
    os.utime(context / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))


def executable(context: Path) -> None:
    (context / "a.txt").chmod(0o755)


def renamed(context: Path) -> None:
    (context / "a.txt").rename(context / "b.txt")


def empty_folder(context: Path) -> None:
    (context / "empty").mkdir()


def dockerfile(context: Path) -> None:
    (context / "Dockerfile").write_text("FROM scratch\n")


def link(context: Path) -> None:
    (context / "a.txt").unlink()
    os.symlink("Dockerfile", context / "a.txt")


@pytest.mark.parametrize("change", [content, same_size_and_times, executable, renamed, empty_folder, dockerfile, link])
def test_a_change_must_give_another_name(make_spec: MakeSpec, change: Callable[[Path], None]) -> None:
    spec = make_spec({"a.txt": "one"})
    before = inputs_of(spec)
    change(spec.context)
    assert inputs_of(spec) != before


def test_what_is_ignored_must_not_count(make_spec: MakeSpec) -> None:
    spec = make_spec({".dockerignore": "*.log\n.dockerignore\n", "a.log": "one"})
    before = inputs_of(spec)
    (spec.context / "a.log").write_text("two")
    (spec.context / "b.log").touch()
    assert inputs_of(spec) == before


def test_files_must_not_be_read_again_when_nothing_changed(make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = make_spec({"a.txt": "one"})
    for name in ("a.txt", "Dockerfile"):
        os.utime(spec.context / name, (1, 1))
    import hashlib
    import time

    later = time.time_ns() + 10 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: later)  # what was written just now is read again, as its times tell nothing yet
    read: list[str] = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda stream, kind: read.append(stream.name) or digest(stream, kind))
    before = inputs_of(spec)
    assert len(read) == 2
    assert inputs_of(spec) == before
    assert len(read) == 2


def test_sources_outside_of_the_workspace_must_be_refused(make_spec: MakeSpec, tmp_path: Path) -> None:
    spec = make_spec({})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "Dockerfile").touch()
    os.symlink(tmp_path / "elsewhere", spec.root / "link")
    for context in (tmp_path / "elsewhere", spec.root / "link"):
        with pytest.raises(BuildError, match="leads out of the workspace"):
            inputs_of(replace(spec, context=context, dockerfile=context / "Dockerfile"))


def test_a_missing_dockerfile_must_be_told_with_its_path(make_spec: MakeSpec) -> None:
    spec = make_spec({})
    spec.dockerfile.unlink()
    with pytest.raises(BuildError, match=str(spec.dockerfile)):
        inputs_of(spec)
