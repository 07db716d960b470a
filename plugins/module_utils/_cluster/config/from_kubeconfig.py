# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credentials of a kubeconfig's user, read again when its files were replaced: whoever renews them need not end a run.

Only what proves the same user to the same server is taken over. Another server, another plugin and another file named in the kubeconfig
are left for the next run: what a run may start, read and send somewhere was decided when it began.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ..._errors import ConnectionFailed
from . import kubeconfig as kube
from .access import Certificate, Credentials
from .stamps import stamps

_MEANS = ("exec", "auth-provider", "tokenFile", "client-certificate", "client-key", "as", "as-uid", "as-groups", "as-user-extra")


class KubeconfigCredentials:
    """Of one context. paths: the files of the kubeconfig. made: the credentials of a context as it was read."""

    def __init__(
        self,
        paths: tuple[str, ...],
        selected: kube.Selected,
        made: Callable[[kube.Selected], Credentials],
    ) -> None:
        self._paths = paths
        self._selected = selected
        self._made = made
        self._stamps = stamps(paths)
        self._now = made(selected)
        self._lock = threading.Lock()

    @property
    def kind(self) -> str:
        """That of the credentials of now."""
        return self._now.kind

    def authorization(self) -> str | None:
        """The header of now. Raises ConnectionFailed."""
        return self._current().authorization()

    def certificate(self) -> Certificate | None:
        """The certificate of now. Raises ConnectionFailed."""
        return self._current().certificate()

    def renew(self, refused: str | None) -> bool:
        """True when the files, or what they name, prove it in another way than the refused one."""
        before = self._now
        now = self._current()
        if now is not before:
            return True
        return now.renew(refused) or now.authorization() != refused

    def _current(self) -> Credentials:
        found = stamps(self._paths)
        if found == self._stamps:
            return self._now
        with self._lock:
            if found != self._stamps:
                self._stamps = found
                self._take_over()
            return self._now

    def _take_over(self) -> None:
        """What cannot be read is perhaps being written: the old ones count until it can."""
        try:
            read = kube.select(kube.load(self._paths, must_exist=True), self._selected.context)
            if _means(read) == _means(self._selected) and read.user != self._selected.user:
                self._now = self._made(read)
                self._selected = read
        except ConnectionFailed:
            self._stamps = ()


def _means(selected: kube.Selected) -> tuple[Any, dict[str, Any]]:
    return selected.cluster.get("server"), {name: selected.user.get(name) for name in _MEANS}
