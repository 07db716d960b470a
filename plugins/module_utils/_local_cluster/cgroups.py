# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control groups below which a cluster's pods run, in version 1 hierarchies, version 2, or both (cgroups(7))."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .._errors import LocalClusterError
from .waiting import wait_until

MOUNTS = Path("/proc/self/mounts")


def hierarchies(mounts: str) -> list[tuple[str, Path]]:
    """Type (cgroup or cgroup2) and mount point of every hierarchy in the text of /proc/self/mounts."""
    rows = (line.split() for line in mounts.splitlines())
    return [(row[2], Path(row[1])) for row in rows if len(row) > 2 and row[2] in ("cgroup", "cgroup2")]


def make_group(unit: str) -> bool:
    """Make `/<unit>` in every hierarchy; True when one was missing."""
    changed = False
    for kind, root in hierarchies(MOUNTS.read_text()):
        group = root / unit
        if not group.is_dir():
            try:
                group.mkdir(mode=0o755)
            except OSError as error:
                raise LocalClusterError(
                    f"cannot make the control group {group}: {error.strerror}",
                    hint="Control groups must be writable; in a container they often are not: use --only-simulated there.",
                ) from error
            changed = True
        if kind == "cgroup2":
            _enable_controllers(root)
            _enable_controllers(group)
        else:
            _inherit_cpuset(root, group)
    return changed


def _enable_controllers(group: Path) -> None:
    """Let the groups below use every controller that is available here. One at a time: a busy one must not hinder the others."""
    for controller in (group / "cgroup.controllers").read_text().split():
        try:
            (group / "cgroup.subtree_control").write_text(f"+{controller}")
        except OSError:
            continue


def _inherit_cpuset(root: Path, group: Path) -> None:
    """A version 1 cpuset begins empty, and an empty one admits no process."""
    for name in ("cpuset.mems", "cpuset.cpus"):
        if (group / name).exists() and not (group / name).read_text().strip():
            (group / name).write_text((root / name).read_text())


def remove_group(unit: str) -> bool:
    """Remove `/<unit>` from every hierarchy; True when it was there. Its processes must have ended."""
    found = False
    for _, root in hierarchies(MOUNTS.read_text()):
        group = root / unit
        if group.is_dir():
            found = True
            if not wait_until(partial(_removed, group), 10):
                raise LocalClusterError(f"the control group {group} is still in use", hint=f"See {group}/cgroup.procs for what runs in it.")
    return found


def _removed(group: Path) -> bool:
    try:
        for directory in _deepest_first(group):
            directory.rmdir()
    except OSError as error:
        if error.errno not in (errno.EBUSY, errno.ENOENT, errno.ENOTEMPTY):
            raise
    return not group.exists()


def _deepest_first(group: Path) -> Iterator[Path]:
    for directory, _, _ in os.walk(group, topdown=False):
        yield Path(directory)
