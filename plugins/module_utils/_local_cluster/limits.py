# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room for several clusters in the kernel's own limits.

kubelet, kube-proxy and containerd hold inotify instances, and the kernel allows 128 of them to all processes of a user together:
with three or four clusters the next part ends with "too many open files". inotify(7), "/proc interfaces".
"""

from __future__ import annotations

from pathlib import Path

INOTIFY = Path("/proc/sys/fs/inotify")
WANTED = {"max_user_instances": 4096, "max_user_watches": 524288}


def raise_limits(folder: Path = INOTIFY) -> None:
    """Raise what is lower than wanted; never lower anything. A kernel that does not let us is left as it is: a part that then
    finds no room says so in its own log."""
    for name, wanted in WANTED.items():
        setting = folder / name
        try:
            if int(setting.read_text()) < wanted:
                setting.write_text(f"{wanted}\n")
        except (OSError, ValueError):
            continue
