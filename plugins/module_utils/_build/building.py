# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds images, several at a time, and brings them to where they are needed. What is there already is neither built nor brought again."""

from __future__ import annotations

import hashlib
import os
import platform
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

from .._errors import BuildError, RoroError
from .builders.interface import Builder, Command, Job
from .choose import builder_named, choose_builder
from .context import ignore_file
from .credentials import authfile, registry_of
from .dockerfile import bases, instructions
from .failures import build_failure
from .inputs import inputs_of, reference_of
from .records import ImageRecord, add_pushed, locked, read_record, write_record
from .running import Ended, Running
from .secrets import check_secrets, secret_files
from .sizes import check_size, layers_of
from .types import Built, ImageSpec, Tell

AT_ONCE = 4
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class Destination(Protocol):
    """A cluster whose nodes take images without a registry."""

    @property
    def name(self) -> str:
        """What people call it."""

    def images(self) -> set[str] | None:
        """Names in full of the images that it has; None where that cannot be told."""

    def load(self, archive: Path) -> None:
        """Bring a docker-archive there. Raises RoroError."""


@dataclass(frozen=True)
class BuildOptions:
    """deliver: what becomes of what is built. builder: a name, None for the first that works. authfile: of a login for this run alone."""

    deliver: Literal["nothing", "load", "push"] = "nothing"
    builder: str | None = None
    no_cache: bool = False
    pull: bool = False
    allowed_secrets: frozenset[str] = frozenset()
    authfile: Path | None = None


class Images:
    """One run over several images. `stop` ends it from another thread."""

    def __init__(self, options: BuildOptions, destination: Destination | None, tell: Tell) -> None:
        self._options, self._destination, self._tell = options, destination, tell
        self._running = Running()
        self._choosing = threading.Lock()
        self._builder: Builder | None = None

    def build(self, specs: Sequence[ImageSpec]) -> list[Built]:
        """All of them; what failed says so in its result. Raises UsageError before anything is built."""
        for spec in specs:
            check_secrets(spec, self._options.allowed_secrets)
        with ThreadPoolExecutor(min(AT_ONCE, max(1, len(specs)))) as pool:
            under_way = [pool.submit(self._one, spec) for spec in specs]
            try:
                return [one.result() for one in under_way]
            except BaseException:
                self._running.stop()
                for one in under_way:
                    one.cancel()
                raise

    def _one(self, spec: ImageSpec) -> Built:
        began = time.monotonic()
        try:
            done = self._made(spec)
        except RoroError as error:
            done = Built(spec.label, "failed", error=error)
        done = replace(done, seconds=time.monotonic() - began)
        self._tell(spec.label, done.state, done.reference)
        return done

    def _made(self, spec: ImageSpec) -> Built:
        inputs = inputs_of(spec)
        if found := self._there(spec, inputs):
            return found
        self._tell(spec.label, "waiting", "")
        with locked(inputs, f"image {spec.label}: another run has been building it for an hour") as work:
            if found := self._there(spec, inputs):
                return found
            return self._make(spec, inputs, work)

    def _there(self, spec: ImageSpec, inputs: str) -> Built | None:
        """The image where nothing has to be done for it."""
        record = read_record(inputs, spec.repository)
        if record is None or self._options.no_cache or self._options.pull:
            return None
        if not self._is_delivered(spec, record) or self._bases_changed(record):
            return None
        return _result(spec, "unchanged", record, self._places(spec))

    def _is_delivered(self, spec: ImageSpec, record: ImageRecord) -> bool:
        if self._options.deliver == "load":
            return record.reference in (self._images_there or ())
        if self._options.deliver == "push":
            return set(record.pushed).issuperset(_names(spec, record.reference))
        return self._is_kept(record)

    @cached_property
    def _images_there(self) -> set[str] | None:
        return self._destination.images() if self._destination else None

    def _is_kept(self, record: ImageRecord) -> bool:
        """Whether the builder still has it. One that keeps nothing has it in its cache."""
        builder = builder_named(record.builder)
        return not builder.keeps or (bool(record.image_id) and self._id(builder, record.reference) == record.image_id)

    def _bases_changed(self, record: ImageRecord) -> bool:
        builder = builder_named(record.builder)
        return any(self._id(builder, name) not in ("", known) for name, known in record.bases.items())

    def _id(self, builder: Builder, reference: str) -> str:
        """The id of an image in a builder's store, "" where it is not there."""
        ended = self._running.run(builder.ids([reference]))
        lines = [line.strip() for line in ended.lines if line.strip()]
        return lines[-1].removeprefix("sha256:") if ended.code == 0 and lines else ""

    @property
    def builder(self) -> Builder:
        """The one that this run uses, found when it is first needed. Raises UsageError, BuildError."""
        with self._choosing:
            if self._builder is None:
                self._builder = choose_builder(self._options.builder, self._running)
            return self._builder

    def _make(self, spec: ImageSpec, inputs: str, work: Path) -> Built:
        builder, record = self.builder, read_record(inputs, spec.repository)
        archive = work / "image.tar"
        several = self._options.deliver == "push" and len(spec.platforms) > 1
        reuse = record is not None and not several and self._may_reuse(builder, record)
        if record is None or not reuse:
            again = _nonce(inputs) if record is not None and self._is_forced(record) else ""
            record = self._built(spec, inputs, reference_of(spec, inputs, again), builder, work, archive)
        measured = self._measured(spec, record, builder, archive)
        if not reuse:
            write_record(measured, spec.repository)  # what cannot be delivered now need not be built again
        record = self._delivered(spec, measured, builder, archive, several=several)
        write_record(record, spec.repository)
        return _result(spec, "unchanged" if reuse else "built", record, self._places(spec))

    def _is_forced(self, record: ImageRecord) -> bool:
        return self._options.no_cache or self._options.pull or self._bases_changed(record)

    def _may_reuse(self, builder: Builder, record: ImageRecord) -> bool:
        """What is built needs only be brought."""
        return builder.name == record.builder and builder.keeps and self._is_kept(record) and not self._is_forced(record)

    def _built(self, spec: ImageSpec, inputs: str, reference: str, builder: Builder, work: Path, archive: Path) -> ImageRecord:
        self._tell(spec.label, "building", f"with {builder.name}")
        pushes = self._options.deliver == "push" and (len(spec.platforms) > 1 or not builder.keeps)
        job = Job(
            reference=reference,
            context=spec.context,
            dockerfile=spec.dockerfile,
            id_file=work / "id",
            tags=_names(spec, reference)[1:],
            target=spec.target,
            args=spec.args,
            secrets=secret_files(spec, work, self._options.allowed_secrets),
            platforms=spec.platforms if pushes else _one_platform(spec.platforms),
            labels=spec.labels,
            ignore_file=ignore_file(spec.context, spec.dockerfile),
            no_cache=self._options.no_cache,
            pull=self._options.pull,
            push=pushes,
            archive=archive if not builder.keeps and not pushes else None,
            authfile=authfile(self._options.authfile),
        )
        ended = self._running.run(builder.build(job), lambda line: self._tell(spec.label, "building", line))
        for file in job.secrets.values():
            file.unlink(missing_ok=True)
        if ended.code != 0:
            self._raise_if_stopped()
            raise build_failure(spec, builder.name, ended)
        known = {name: found for name in _bases(spec) if builder.keeps and (found := self._id(builder, name))}
        image_id = _read_id(job.id_file) if not pushes else ""
        return ImageRecord(inputs, reference, builder.name, image_id, None, known, list(_names(spec, reference)) if pushes else [])

    def _measured(self, spec: ImageSpec, record: ImageRecord, builder: Builder, archive: Path) -> ImageRecord:
        """The record with the image's size; its archive is there afterwards where it is needed."""
        wanted = self._options.deliver == "load" or spec.max_size is not None
        if wanted and builder.keeps and record.image_id:
            self._run(spec, builder, builder.save(record.reference, archive), "saved", "delivering")
        if not archive.exists():
            return record
        return replace(record, size=check_size(spec, layers_of(archive)))

    def _delivered(self, spec: ImageSpec, record: ImageRecord, builder: Builder, archive: Path, *, several: bool) -> ImageRecord:
        if self._options.deliver == "load" and self._destination is not None:
            self._tell(spec.label, "delivering", f"into {self._destination.name}")
            self._destination.load(archive)
        elif self._options.deliver == "push" and builder.keeps and not (several and builder.name == "docker"):
            names = _names(spec, record.reference)
            for name in names:
                self._push(spec, builder, name, several=several)
            return add_pushed(record, names)
        return record

    def _push(self, spec: ImageSpec, builder: Builder, name: str, *, several: bool) -> None:
        self._run(spec, builder, builder.push(name, authfile(self._options.authfile), several=several), f"pushed as {name}", "delivering")

    def _run(self, spec: ImageSpec, builder: Builder, command: Command, what: str, state: Literal["building", "delivering"]) -> None:
        ended = self._running.run(command, lambda line: self._tell(spec.label, state, line))
        if ended.code != 0:
            self._raise_if_stopped()
            raise _failed(spec, builder.name, ended, what)

    def _raise_if_stopped(self) -> None:
        if self._running.stopped:
            raise BuildError("the build was stopped")

    def _places(self, spec: ImageSpec) -> tuple[str, ...]:
        if self._options.deliver == "load" and self._destination is not None:
            return (self._destination.name,)
        return (registry_of(spec.repository),) if self._options.deliver == "push" else ()


def _failed(spec: ImageSpec, builder: str, ended: Ended, what: str) -> BuildError:
    said = [line.strip() for line in ended.lines if line.strip()]
    errors = [line for line in said if line.lower().startswith("error")]
    text = " ".join(errors[-1:] or said[-3:]).removeprefix("Error: ") or f"{builder} ended with {ended.code}"
    hint = None
    if any(word in text.lower() for word in ("unauthorized", "authentication required", "denied", "no basic auth")):
        registry = registry_of(spec.repository)
        hint = f"Log in: {builder if builder in ('docker', 'podman', 'buildah', 'nerdctl') else 'docker'} login {registry}; "
        hint += "or --registry-user NAME --password-stdin."
    return BuildError(f"image {spec.label} could not be {what}: {text}", hint=hint)


def _result(spec: ImageSpec, state: Literal["built", "unchanged"], record: ImageRecord, places: tuple[str, ...]) -> Built:
    return Built(spec.label, state, record.reference, record.inputs, record.builder, record.image_id, record.size, places)


def _names(spec: ImageSpec, reference: str) -> tuple[str, ...]:
    """The reference and the further tags, in full."""
    return tuple(dict.fromkeys([reference, *(f"{spec.repository}:{tag}" for tag in spec.tags)]))


def _one_platform(platforms: tuple[str, ...]) -> tuple[str, ...]:
    """Of several that of this machine, which a local cluster has: a store keeps one."""
    here = f"linux/{_MACHINES.get(platform.machine(), platform.machine())}"
    return (here,) if here in platforms and len(platforms) > 1 else platforms[:1]


def _bases(spec: ImageSpec) -> list[str]:
    text = spec.dockerfile.read_text(encoding="utf-8", errors="replace")
    return bases(instructions(text), spec.args)


def _read_id(path: Path) -> str:
    try:
        return path.read_text().strip().removeprefix("sha256:")
    except OSError:
        return ""


def _nonce(inputs: str) -> str:
    """Tells an image that was made anew of the same inputs from the one before: else nobody would get it."""
    return hashlib.sha256(f"{inputs}{time.time_ns()}{os.getpid()}".encode()).hexdigest()
