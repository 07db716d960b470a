"""Several clusters need more of the kernel than it gives at first."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._local_cluster.limits import WANTED, raise_limits


def test_low_limits_must_be_raised_and_high_ones_kept(tmp_path: Path) -> None:
    (tmp_path / "max_user_instances").write_text("128\n")
    (tmp_path / "max_user_watches").write_text("999999999\n")
    raise_limits(tmp_path)
    assert int((tmp_path / "max_user_instances").read_text()) == WANTED["max_user_instances"]
    assert int((tmp_path / "max_user_watches").read_text()) == 999999999


def test_a_kernel_without_the_setting_must_be_left_alone(tmp_path: Path) -> None:
    raise_limits(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
