# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kubeconfig that came with a workspace may be anybody's: it runs no command and sends no file of this machine to its server.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/ : "Only use kubeconfig files from trusted
sources. Using a specially-crafted kubeconfig file could result in malicious code execution or file exposure."
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..._errors import ConnectionFailed
from . import kubeconfig as kube

_HINT = "If you trust it, name it yourself: --kubeconfig {paths} (option `kubeconfig`, K8S_AUTH_KUBECONFIG)."


def refuse_foreign_means(paths: str, context: str | None, folder: Path) -> None:
    """Raise ConnectionFailed when the chosen user or cluster of a workspace's kubeconfig names a command, or a file outside `folder`.

    paths: as in KUBECONFIG. context: None for the current one.
    """
    selected = kube.select(kube.load(kube.split(paths), must_exist=True), context)
    for what in _means(selected, Path(os.path.realpath(folder))):
        raise ConnectionFailed(f"a kubeconfig that came with the workspace may not {what}", where=paths, hint=_HINT.format(paths=paths))


def _means(selected: kube.Selected, folder: Path) -> Iterator[str]:
    for key in ("exec", "auth-provider"):
        if selected.user.get(key):
            yield f"run commands to log in (`{key}` of user {selected.user_name})"
    for entry, keys in ((selected.user, kube.USER_PATHS), (selected.cluster, kube.CLUSTER_PATHS)):
        for key in keys:
            path = kube.text(entry.get(key))
            if path and not Path(os.path.realpath(os.path.expanduser(path))).is_relative_to(folder):  # noqa: PTH111 - never raises
                yield f"read files outside the workspace's folder (`{key}: {path}`)"
