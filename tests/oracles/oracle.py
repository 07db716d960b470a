"""The real engines as child processes: a small Rust program around the crate `tera`, npm's handlebars under Node, and a small Go program
around compose-go, which reads Compose files for Docker Compose.

Each is built in the user's cache through cargo, npm or go when its toolchain is here, once for all checkouts. They have no bounds of
their own (the crate's `range` makes a list of any length, say): a case that takes one too long or too much memory is answered as an error.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import json
import os
import re
import resource
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

TOP = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "roro-oracles"
SECONDS = 60.0
"""On the clock, for one case; generous, as machines are busy."""
MEMORY = 2**31
"""Bytes that one of them may write to."""
sys.path.insert(0, str(TOP / "scripts"))


def has_cargo() -> bool:
    """Whether the real Tera can be built here."""
    return shutil.which("cargo") is not None


def has_node() -> bool:
    """Whether the real Handlebars can run here."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def ask_tera(cases: Sequence[dict[str, Any]], seconds: float = SECONDS) -> list[dict[str, Any]]:
    """What the crate answers: {"text": ...} or {"error": ...} for each case (`templates`, `render`, `context`)."""
    with _Engine([str(_once("tera", _build_tera))], seconds) as engine:
        return [engine.answer(case) for case in cases]


def ask_handlebars(cases: Sequence[dict[str, Any]], seconds: float = SECONDS) -> list[dict[str, Any]]:
    """What npm's handlebars answers; a case may have `options` for the compiler."""
    modules = _once("handlebars", _install_handlebars)
    with _Engine(["node", str(HERE / "handlebars.js"), str(modules)], seconds) as engine:
        return [engine.answer(case) for case in cases]


def has_go() -> bool:
    """Whether the real reader of Compose files can be built here."""
    return shutil.which("go") is not None


def ask_compose(cases: Sequence[dict[str, Any]], seconds: float = SECONDS) -> list[dict[str, Any]]:
    """What compose-go makes of each case (`folder`, `files`, `envFiles`, `environment`, `profiles`, `name`): {"model": ...,
    "disabled": [...]} or {"error": ...}; {"schema": true} asks for the schema of the specification."""
    with _Engine([str(_once("compose", _build_compose))], seconds) as engine:
        return [engine.answer(case) for case in cases]


class _Engine:
    """A real engine that is asked case by case; started again after one that it did not survive."""

    def __init__(self, command: list[str], seconds: float) -> None:
        self._command, self._seconds = command, seconds
        self._process = self._start()

    def __enter__(self) -> _Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def answer(self, case: dict[str, Any]) -> dict[str, Any]:
        """What it answers; an error where it ended, or took too long."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(case).encode() + b"\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], self._seconds)
        line = self._process.stdout.readline() if ready else b""
        if line:
            found: dict[str, Any] = json.loads(line)
            return found
        self._end()
        self._process = self._start()
        return {"error": "it ended" if ready else f"no answer in {self._seconds:g} s"}

    def _start(self) -> subprocess.Popen[bytes]:
        def bounded() -> None:
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        environment = {**os.environ, "RUST_BACKTRACE": "0"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(self._command, env=environment, preexec_fn=bounded, **pipes)

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()


@functools.cache
def _once(name: str, build: Callable[[Path], Path]) -> Path:
    """Build below a lock: the processes of a test run ask at the same time."""
    folder = BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    with (BUILD / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return build(folder)


def _build_tera(folder: Path) -> Path:
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted((HERE / "tera").rglob("*")) if path.is_file())).hexdigest()
    program, source = folder / f"tera-oracle-{digest[:16]}", folder / "source"
    if program.exists():
        return program
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(HERE / "tera", source)
    environment = {**os.environ, "CARGO_TARGET_DIR": str(folder / "target")}
    _lock_tera(source, environment)
    result = subprocess.run(
        ["cargo", "build", "--quiet", "--locked"], cwd=source, env=environment, capture_output=True, text=True, timeout=900
    )
    assert result.returncode == 0, f"cargo could not build the oracle of Tera:\n{result.stderr}"
    (folder / "target" / "debug" / "tera-oracle").replace(program)
    return program


def _build_compose(folder: Path) -> Path:
    sources = sorted(path for path in (HERE / "compose").iterdir() if path.is_file())
    program = folder / f"compose-oracle-{hashlib.sha256(b''.join(path.read_bytes() for path in sources)).hexdigest()[:16]}"
    if program.exists():
        return program
    part = program.with_suffix(".part")
    command = ["nice", "-n", "19", "go", "build", "-mod=readonly", "-trimpath", "-o", str(part), "."]
    result = subprocess.run(command, cwd=HERE / "compose", capture_output=True, text=True, timeout=900)
    assert result.returncode == 0, f"go could not build the oracle of Compose:\n{result.stderr}"
    part.replace(program)
    return program


def _lock_tera(source: Path, environment: dict[str, str]) -> None:
    """Complete Cargo.lock: the repository's copy leaves out what cargo calls the registry, which cargo tells in a lock that it makes."""
    lock = source / "Cargo.lock"
    ours = lock.read_text()
    lock.unlink()
    result = subprocess.run(
        ["cargo", "generate-lockfile", "--quiet"], cwd=source, env=environment, capture_output=True, text=True, timeout=900
    )
    assert result.returncode == 0, f"cargo could not resolve the oracle of Tera:\n{result.stderr}"
    origin = next(line for line in lock.read_text().splitlines() if line.startswith("source = "))
    lock.write_text(re.sub(r"(?m)^checksum = ", lambda found: f"{origin}\n{found[0]}", ours))


def _install_handlebars(folder: Path) -> Path:
    import vendor_handlebars

    package = folder / "node_modules" / "handlebars"
    stamp = folder / "stamp"
    if not package.exists() or not stamp.exists() or stamp.read_text() != vendor_handlebars.stamp():
        vendor_handlebars.fetch(folder)
        stamp.write_text(vendor_handlebars.stamp())
    return package
