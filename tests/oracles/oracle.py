"""The real engines as child processes: a small Rust program around the crate `tera`, and npm's handlebars under Node.

Both are built below build/ through cargo and npm when their toolchain is here, once for all processes of a test run.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
BUILD = TOP / "build" / "oracles"
sys.path.insert(0, str(TOP / "scripts"))


def has_cargo() -> bool:
    """Whether the real Tera can be built here."""
    return shutil.which("cargo") is not None


def has_node() -> bool:
    """Whether the real Handlebars can run here."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def ask_tera(cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the crate answers: {"text": ...} or {"error": ...} for each case (`templates`, `render`, `context`)."""
    return _talk([str(_once("tera", _build_tera))], cases)


def ask_handlebars(cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What npm's handlebars answers; a case may have `options` for the compiler."""
    modules = _once("handlebars", _install_handlebars)
    return _talk(["node", str(HERE / "handlebars.js"), str(modules)], cases)


def _talk(command: list[str], cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    result = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, timeout=300)
    answers: list[dict[str, Any]] = [json.loads(line) for line in result.stdout.split("\n") if line]
    assert len(answers) == len(cases), result.stderr
    return answers


def _once(name: str, build: Callable[[Path], Path]) -> Path:
    """Build below a lock: the processes of a test run ask at the same time."""
    folder = BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    with (BUILD / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return build(folder)


def _build_tera(folder: Path) -> Path:
    source = folder / "source"
    shutil.copytree(HERE / "tera", source, dirs_exist_ok=True)
    environment = {**os.environ, "CARGO_TARGET_DIR": str(folder / "target")}
    result = subprocess.run(["cargo", "build", "--quiet"], cwd=source, env=environment, capture_output=True, text=True, timeout=900)
    assert result.returncode == 0, f"cargo could not build the oracle of Tera:\n{result.stderr}"
    return folder / "target" / "debug" / "tera-oracle"


def _install_handlebars(folder: Path) -> Path:
    import vendor_handlebars

    package = folder / "node_modules" / "handlebars"
    stamp = folder / "stamp"
    if not package.exists() or not stamp.exists() or stamp.read_text() != vendor_handlebars.stamp():
        vendor_handlebars.fetch(folder)
        stamp.write_text(vendor_handlebars.stamp())
    return package
