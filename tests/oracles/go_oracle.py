"""Oracles in Go: programs of this folder around somebody else's code, built once in the user's cache, for all checkouts."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("RORO_ORACLES") or Path.home() / ".cache" / "roro-oracles")


def built(name: str) -> str:
    """The program `name`; its module is the folder of that name."""
    digest = hashlib.sha256(b"".join((HERE / name / file).read_bytes() for file in ("go.mod", "go.sum", "main.go"))).hexdigest()[:12]
    BUILD.mkdir(parents=True, exist_ok=True)
    program = BUILD / f"{name}-{digest}"
    with (BUILD / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            made = program.with_suffix(".new")
            environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly"}
            subprocess.run(["go", "build", "-trimpath", "-o", made, "."], cwd=HERE / name, env=environment, check=True)
            made.rename(program)
    return str(program)
