# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the transport needs to know about a cluster and its user. Pure data; secrets are not part of any repr."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..._errors import ConnectionFailed
from ..types import ResolvedConnection


@dataclass(frozen=True)
class Pem:
    """PEM text given in place, or a file that holds it. role: what it is, for messages (`certificate-authority`)."""

    role: str
    data: bytes = field(default=b"", repr=False)
    path: str = ""

    def read(self) -> bytes:
        """The PEM bytes. Raises ConnectionFailed when the file cannot be read."""
        if not self.path:
            return self.data
        try:
            return Path(self.path).read_bytes()
        except OSError as error:
            raise ConnectionFailed(
                f"cannot read the {self.role} file: {error.strerror}",
                where=self.path,
                hint="Correct the path in the kubeconfig or in K8S_AUTH_*, or the rights of the file.",
            ) from error


@dataclass(frozen=True)
class Certificate:
    """A client certificate and its key (None: the key is in the certificate's PEM)."""

    certificate: Pem
    key: Pem | None


class Credentials(Protocol):
    """How the user proves who they are. Thread-safe; may read files or run a plugin, never talks to the API server."""

    @property
    def kind(self) -> str:
        """`token`, `token file`, `basic`, `exec plugin NAME`, `auth provider NAME`, `client certificate` or `none`, for messages."""

    def authorization(self) -> str | None:
        """The Authorization header, or None. Raises ConnectionFailed."""

    def certificate(self) -> Certificate | None:
        """The client certificate for TLS, or None. Raises ConnectionFailed."""

    def renew(self, refused: str | None) -> bool:
        """Called after a 401 on the header `refused`: True when another try can differ."""


@dataclass(frozen=True)
class Access:
    """A server, how to trust it, who asks, and the way there.

    proxy: URL of the proxy that was configured, "" for none (HTTPS_PROXY is already considered). impersonation: headers, in order.
    """

    server: str
    credentials: Credentials
    resolved: ResolvedConnection
    ca: Pem | None = None
    verify: bool = True
    server_name: str = ""
    proxy: str = field(default="", repr=False)
    proxy_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    impersonation: tuple[tuple[str, str], ...] = ()
