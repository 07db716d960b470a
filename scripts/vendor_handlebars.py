"""Puts handlebars.js into the engine: takes it from the package registry with npm, pinned by handlebars/package-lock.json, and writes
plugins/module_utils/_render/handlebars/_script.py and the licence beside it. Neither is ever committed.

Run by `make setup`, by the build of the wheel (hatch_build.py) and before `ansible-galaxy collection build` (scripts/collection).
Does nothing when the file is there for this lock file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LOCK = TOP / "scripts" / "handlebars"
MODULES = TOP / "build" / "handlebars"
TARGET = TOP / "plugins" / "module_utils" / "_render" / "handlebars" / "_script.py"
LICENCE = TARGET.with_name("_script.LICENSE")
HEADER = '''\
# Made by scripts/vendor_handlebars.py from the npm package handlebars {version}; its licence is in _script.LICENSE. Not committed.
# {stamp}
"""handlebars.js {version}."""

VERSION = "{version}"
SOURCE = {source}
'''


class NotFetched(Exception):
    """handlebars.js could not be had; the message says what to do."""


def stamp() -> str:
    """Changes with the lock file and with this script."""
    return hashlib.sha256((LOCK / "package-lock.json").read_bytes() + Path(__file__).read_bytes()).hexdigest()


def is_there() -> bool:
    """Whether the file is there, made from this lock file."""
    return TARGET.exists() and LICENCE.exists() and stamp() in TARGET.read_text(encoding="utf-8")[:1000]


def fetch(modules: Path = MODULES) -> Path:
    """The unpacked npm package, installed below `modules`. Raises NotFetched."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotFetched(
            "handlebars.js is taken from the package registry with npm, which is not installed here: install Node.js with npm."
        )
    modules.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(LOCK / name, modules / name)
    command = [npm, "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    result = subprocess.run(command, cwd=modules, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise NotFetched(f"npm could not fetch handlebars.js:\n{result.stderr.strip()}")
    return modules / "node_modules" / "handlebars"


def write(package: Path) -> None:
    """Write the Python file and the licence from the unpacked package, whole or not at all."""
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    source = (package / "dist" / "handlebars.min.js").read_text(encoding="utf-8")
    text = HEADER.format(version=version, stamp=stamp(), source=ascii(source))
    for path, content in ((LICENCE, (package / "LICENSE").read_text(encoding="utf-8")), (TARGET, text)):
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_text(content, encoding="utf-8")
        beside.replace(path)


def put_in() -> None:
    """Fetch and write, unless it is there. Raises NotFetched."""
    if not is_there():
        write(fetch())


if __name__ == "__main__":
    try:
        put_in()
    except NotFetched as error:
        sys.exit(str(error))
