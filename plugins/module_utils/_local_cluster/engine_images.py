# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that are named: archives, or what the Docker or Podman of this machine has, which is saved for as long as it is needed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .._errors import LocalClusterError, UsageError
from .commands import find, run_long, succeeds
from .images import archive_references
from .spec import Progress
from .waiting import Ticker

ENGINES = ("docker", "podman")
ARCHIVES = (".tar", ".tgz", ".gz")
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,511}")
"""What may be handed to an engine: see the grammar in https://pkg.go.dev/github.com/distribution/reference."""


_ARCHIVE_HINT = "Name an archive as `docker save` writes it"


@contextmanager
def image_archives(images: Sequence[str], scratch: Path, progress: Progress) -> Iterator[list[Path]]:
    """An archive for each of `images`: itself where it is a file, else what the engine here saves of the image of that name.

    scratch: directory for what is saved. Raises UsageError for what is neither, LocalClusterError when an engine fails.
    """
    with tempfile.TemporaryDirectory(prefix="saved-", dir=scratch) as folder:
        yield [_archive(image, Path(folder) / f"{number}.tar", progress) for number, image in enumerate(images)]


def _archive(image: str, target: Path, progress: Progress) -> Path:
    if Path(image).is_file():
        return Path(image).resolve()
    if image.endswith(ARCHIVES) or image.startswith((".", "/", "~")) or not _REFERENCE.fullmatch(image):
        raise UsageError(f"there is no file {image}", hint=f"{_ARCHIVE_HINT}, or an image as `docker images` lists it.")
    engine = _engine_with(image)
    ticker = Ticker(progress, "images", f"saving {image} from {Path(engine).name}")
    shape = ["--format", "docker-archive"] if Path(engine).name == "podman" else []
    code, lines = run_long([engine, "save", *shape, "-o", str(target), image], ticker.tick)
    if code != 0:
        said = " ".join(lines[-4:]) or "it said nothing"
        raise LocalClusterError(f"`{Path(engine).name} save {image}` failed with exit code {code}: {said}")
    _tell_other_names(image, archive_references(target), progress)
    return target


def _engine_with(image: str) -> str:
    """The first engine that has the image."""
    here = [path for name in ENGINES if (path := find(name)) is not None]
    for engine in here:
        if succeeds([engine, "image", "inspect", image]):
            return engine
    if not here:
        raise UsageError(f"there is no file {image}, and neither docker nor podman is here", hint=f"{_ARCHIVE_HINT}.")
    names = [Path(engine).name for engine in here]
    if not any(succeeds([engine, "version"]) for engine in here):
        hint = f"Start it: `{names[0]} version` says what is wrong."
        raise UsageError(f"{' and '.join(names)} cannot be asked for the image {image}", hint=hint)
    hint = f"Build or pull it first: {names[0]} pull {image}"
    raise UsageError(f"there is no file {image}, and no image of that name in {' or '.join(names)}", hint=hint)


def _tell_other_names(image: str, names: Sequence[str], progress: Progress) -> None:
    """podman keeps what was built here as localhost/NAME, and the cluster knows it by that name alone."""
    if names and image not in names and not any(name in (f"docker.io/{image}", f"docker.io/library/{image}") for name in _tagged(names)):
        progress("images", f"the cluster knows {image} as {names[0]}: manifests have to name it so")


def _tagged(names: Sequence[str]) -> list[str]:
    """Also without the tag that stands for none."""
    return [*names, *(name.removesuffix(":latest") for name in names)]
