"""controller_image.py REFERENCE ARCHIVE: writes a docker-archive of an image with the `roro` command of this checkout, Git and ssh.

It stands for the execution environment where no image registry is in reach: Debian by mmdebstrap, Python packages by pip. Both are kept in
the user's cache, so that a second image costs only the command itself. As root, on Debian or Ubuntu.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._local_cluster import ImageConfig, write_image

TOP = Path(__file__).resolve().parents[1]
PACKAGES = "python3,git,openssh-client,ca-certificates"
PREFIX = "opt/roro"
COMMAND = """#!/usr/bin/python3
import sys
from roro.cli import main
sys.exit(main())
"""
SLIM = ("path-exclude=/usr/share/doc/*", "path-exclude=/usr/share/man/*", "path-exclude=/usr/share/locale/*", "force-unsafe-io")


def main(reference: str, archive: Path) -> None:
    """Write the archive; the image's own command is `roro`."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "roro" / "images"
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (cache / "controller.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        base, packages = _debian(cache), _packages(cache)
    with tempfile.TemporaryDirectory(dir=cache, prefix="controller-") as folder:
        root = Path(folder) / "root"
        _run("cp", "--archive", str(base), str(root))
        _run("cp", "--archive", str(packages), str(root / PREFIX))
        _pip("--no-deps", "--no-build-isolation", "--target", str(Path(folder) / "own"), str(TOP))
        shutil.copytree(Path(folder) / "own", root / PREFIX, dirs_exist_ok=True)
        command = root / "usr/local/bin/roro"
        command.write_text(COMMAND)
        command.chmod(0o755)
        write_image(reference, root, archive, ImageConfig(entrypoint=["roro"], env=_environment(), user="1000"))


def _environment() -> dict[str, str]:
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "PYTHONPATH": f"/{PREFIX}", "ANSIBLE_COLLECTIONS_PATH": f"/{PREFIX}", "PYTHONDONTWRITEBYTECODE": "1"}


def _debian(cache: Path) -> Path:
    """A directory with Debian's Python, Git and ssh."""
    made = cache / f"controller-debian-{_digest(PACKAGES, *SLIM)}"
    if not made.exists():
        if not shutil.which("mmdebstrap"):
            _run("apt-get", "update", "-qq")
            _run("apt-get", "install", "-qq", "-y", "--no-install-recommends", "-oDPkg::Lock::Timeout=300", "mmdebstrap")
        shutil.rmtree(made.with_suffix(".part"), ignore_errors=True)
        options = [f"--dpkgopt={option}" for option in SLIM]
        _run("mmdebstrap", "--variant=minbase", *options, f"--include={PACKAGES}", "bookworm", str(made.with_suffix(".part")))
        made.with_suffix(".part").rename(made)
    return made


def _packages(cache: Path) -> Path:
    """A directory with the Python packages that the command needs, in the versions of the lock."""
    wanted = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["dependencies"]
    locked = "\n".join(re.findall(r"^[A-Za-z0-9._-]+==[^\\\n]+", (TOP / "requirements/dev.lock").read_text(), re.MULTILINE))
    made = cache / f"controller-python-{_digest(sys.version, locked, *wanted)}"
    if not made.exists():
        part = made.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
            constraints.write(locked)
            constraints.flush()
            _pip("--target", str(part), "--constraint", constraints.name, *wanted)
        part.rename(made)
    return made


def _pip(*words: str) -> None:
    _run(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", *words)


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:6])} ... failed ({done.returncode}):\n{done.stdout[-3000:]}")


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).absolute())
