# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of builds: read from where the documents say, into private files that are gone with the build. Never in argv or logs."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from .._errors import BuildError, UsageError
from .._model import BuildSecret, is_callers_credential
from .._state import write_private
from .types import ImageSpec


def secret_files(spec: ImageSpec, folder: Path, allowed: Collection[str], environ: Mapping[str, str] | None = None) -> dict[str, Path]:
    """id -> a 0600 file in `folder`. allowed: ids that may be credentials of whoever builds. Raises UsageError, BuildError."""
    return {
        secret.id: _write(folder / f"secret-{number}", _content(spec, secret, allowed, os.environ if environ is None else environ))
        for number, secret in enumerate(spec.secrets)
    }


def check_secrets(spec: ImageSpec, allowed: Collection[str], environ: Mapping[str, str] | None = None) -> None:
    """Raises what `secret_files` would, before anything is built."""
    for secret in spec.secrets:
        _content(spec, secret, allowed, os.environ if environ is None else environ)


def _content(spec: ImageSpec, secret: BuildSecret, allowed: Collection[str], environ: Mapping[str, str]) -> bytes:
    _refuse_the_callers(spec, secret, allowed)
    if secret.file is None:
        if secret.environment not in environ:
            words = f"image {spec.label}: the secret {secret.id} is not there: {secret.environment} is not set"
            raise UsageError(words, hint=f"Set it for this command; {spec.dockerfile.name} gets it as /run/secrets/{secret.id}.")
        return environ[secret.environment].encode("utf-8", "surrogateescape")
    try:
        return secret.file.read_bytes()
    except OSError as error:
        words = f"image {spec.label}: the secret {secret.id} cannot be read: {error.strerror}"
        raise BuildError(words, where=str(secret.file)) from error


def _refuse_the_callers(spec: ImageSpec, secret: BuildSecret, allowed: Collection[str]) -> None:
    """A workspace of somebody else could ask for what is not its own."""
    if secret.id in allowed:
        return
    if secret.file is not None and not secret.file.resolve().is_relative_to(spec.root.resolve()):
        whose = f"{secret.file}, which is outside of the workspace"
    elif secret.environment and is_callers_credential(secret.environment):
        whose = f"{secret.environment}, a credential of whoever builds"
    else:
        return
    raise UsageError(f"image {spec.label}: the workspace asks for {whose}", hint=f"If its build shall have it: --allow-secret {secret.id}")


def _write(path: Path, content: bytes) -> Path:
    write_private(path, content)
    return path
