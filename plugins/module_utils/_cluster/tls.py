# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS settings of a connection. Keys that are given as data never touch a disk where the system has memory files."""

from __future__ import annotations

import os
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .._errors import ConnectionFailed
from .._given import given
from .._state import runtime_directory
from .config import Access, Certificate, Stamps, stamps
from .connections import ResumingContext


class CurrentTls:
    """The TLS settings for one server and user, made anew when its client certificate, or the file that holds it, was. Thread-safe."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._certificate: Certificate | None = None
        self._stamps: Stamps = ()
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext | None:
        """The context for the certificate of now, None for plain HTTP. May run a credential plugin. Raises ConnectionFailed."""
        if self._access.server.startswith("http:"):
            return None
        certificate = self._access.credentials.certificate()
        files = stamps(_files(certificate))
        with self._lock:
            if self._context is None or certificate != self._certificate:
                self._context = ssl_context(self._access, certificate)
            elif files != self._stamps:
                with suppress(ConnectionFailed):  # one of the two files may be the old one still
                    self._context = ssl_context(self._access, certificate)
            self._certificate, self._stamps = certificate, files
            return self._context


def _files(certificate: Certificate | None) -> list[str]:
    parts = () if certificate is None else (certificate.certificate, certificate.key)
    return [part.path for part in parts if part is not None and part.path]


def ssl_context(access: Access, certificate: Certificate | None) -> ssl.SSLContext:
    """The context for one client certificate (None: no client certificate). Raises ConnectionFailed on unusable PEM.

    From scratch, as `ssl.create_default_context` wants for X.509 extensions that many clusters' CAs lack (VERIFY_X509_STRICT, Python 3.13).
    """
    context = ResumingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not access.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif access.ca is None:
        context.load_default_certs()
    else:
        _trust(context, access)
    if certificate is not None:
        _present(context, certificate)
    return context


def _trust(context: ssl.SSLContext, access: Access) -> None:
    ca = given(access.ca, "the certificate authority, which the caller looked for,")
    pem = ca.read()
    try:
        context.load_verify_locations(cadata=pem.decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise ConnectionFailed(
            f"the {ca.role} holds no PEM certificate", where=ca.path or None, hint="Give the cluster's CA in PEM form."
        ) from error


def _present(context: ssl.SSLContext, certificate: Certificate) -> None:
    pem = certificate.certificate.read()
    if certificate.key is not None:
        pem = pem.rstrip() + b"\n" + certificate.key.read()
    with _as_file(pem) as path:
        try:
            context.load_cert_chain(path, password=_no_passphrase)
        except (ssl.SSLError, OSError) as error:
            raise ConnectionFailed(
                f"the {certificate.certificate.role} and its key cannot be used: {_reason(error)}",
                where=certificate.certificate.path or None,
                hint="Both must be PEM, belong together, and the key must not be encrypted.",
            ) from error


def _no_passphrase() -> str:
    """Without this, OpenSSL would ask on the terminal for the passphrase of an encrypted key."""
    raise OSError("the key is encrypted")


def _reason(error: OSError) -> str:
    reason = getattr(error, "reason", None) or error.strerror or str(error)
    return str(reason).replace("_", " ").lower()


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """A path that reads as `data` while the block runs: in memory on Linux, else a 0600 file in the private runtime directory."""
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        handle = os.memfd_create("roro", os.MFD_CLOEXEC)
        try:
            os.write(handle, data)
            yield f"/proc/self/fd/{handle}"
        finally:
            os.close(handle)
        return
    handle, path = tempfile.mkstemp(dir=runtime_directory("tls"))
    try:
        os.write(handle, data)
        os.close(handle)
        yield path
    finally:
        Path(path).unlink()
