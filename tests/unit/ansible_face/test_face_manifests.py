# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rendered manifests on disk: private, complete, and changed only when they differ."""

from __future__ import annotations

import stat

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.manifests import write_manifests
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._objects import without_secret_values

SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "s"},
    "stringData": {"password": "hunter2"},
    "data": {"k": "aHVudGVyMg=="},
}
CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"password": "seen"}}


def write(dest, objects, complete=True, check=False):
    return write_manifests(dest, objects, complete=complete, check=check)


def test_data_of_secrets_must_be_hidden_and_that_of_others_shown():
    assert without_secret_values(CONFIG) == CONFIG
    hidden = without_secret_values(SECRET)
    assert "hunter2" not in str(hidden) and "aHVudGVyMg" not in str(hidden)
    assert set(hidden["stringData"]) == {"password"}
    assert SECRET["stringData"] == {"password": "hunter2"}


def test_files_must_hold_everything_and_be_private(tmp_path):
    dest = tmp_path / "out"
    written = write(dest, {"web": [SECRET, CONFIG]})
    path = dest / "web.yaml"
    assert written.changed and written.files == [str(path)]
    assert list(yaml.safe_load_all(path.read_text())) == [SECRET, CONFIG]
    assert stat.S_IMODE(dest.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_write_must_change_nothing(tmp_path):
    write(tmp_path, {"web": [SECRET]})
    before = (tmp_path / "web.yaml").stat().st_ino
    assert not write(tmp_path, {"web": [SECRET]}).changed
    assert (tmp_path / "web.yaml").stat().st_ino == before


def test_check_mode_must_tell_the_same_and_write_nothing(tmp_path):
    dest = tmp_path / "out"
    assert write(dest, {"web": [CONFIG]}, check=True).changed
    assert not dest.exists()


def test_files_of_instances_that_left_must_go_only_when_everything_was_rendered(tmp_path):
    write(tmp_path, {"web": [CONFIG], "old": [CONFIG]})
    (tmp_path / "mine.yaml").write_text("kind: Mine\n")
    assert write(tmp_path, {"web": [CONFIG]}, complete=False).removed == []
    assert write(tmp_path, {"web": [CONFIG]}).removed == [str(tmp_path / "old.yaml")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.yaml", "web.yaml"]


def test_diffs_must_not_show_data_of_secrets(tmp_path):
    write(tmp_path, {"web": [SECRET], "old": [SECRET]})
    changed = {**SECRET, "stringData": {"password": "correct horse"}}
    diffs = str(write(tmp_path, {"web": [changed]}).diffs)
    assert "web.yaml" in diffs and "old.yaml" in diffs
    assert "hunter2" not in diffs and "correct horse" not in diffs


def test_a_directory_that_cannot_be_made_must_be_an_error_that_names_it(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RoroError, match="file/out"):
        write(tmp_path / "file" / "out", {"web": [CONFIG]})
