"""Says which of the packages that are installed here are not those of a lock file: what may have broken a test that passes with the lock.

.venv-newest/bin/python scripts/newer_than_lock.py requirements/dev.lock
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+?))? ?\\?$", re.MULTILINE)


def locked(text: str) -> dict[str, str]:
    """Name -> version of what a lock file has for this Python on this platform."""
    return {canonicalize_name(name): version for name, version, marker in _PIN.findall(text) if not marker or Marker(marker).evaluate()}


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """One line for each package of `after` that `before` has in another version, or not at all."""
    return [
        f"  {name} {before.get(name, '(not locked)')} -> {version}"
        for name, version in sorted(after.items())
        if before.get(name) != version
    ]


def main() -> None:
    """Print the differences."""
    ours = {"pip", "setuptools", "wheel", "roro-kube"}
    here = {canonicalize_name(one.name): one.version for one in distributions()}
    lines = differences(locked(Path(sys.argv[1]).read_text()), {name: version for name, version in here.items() if name not in ours})
    print("\n".join(["other than in the lock:", *lines]) if lines else "everything is as in the lock")


if __name__ == "__main__":
    main()
