# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX's own command `awx`, of the package awxkit.

Its version 24.6.1 imports `pkg_resources`, which setuptools 82 and later do not have, only to know its own version.
"""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from types import ModuleType


def main() -> None:
    """Run `awx` with the arguments of this process."""
    try:
        import pkg_resources  # noqa: F401
    except ImportError:
        stand_in = ModuleType("pkg_resources")
        stand_in.get_distribution = distribution  # type: ignore[attr-defined]
        sys.modules["pkg_resources"] = stand_in
    from awxkit.cli import run

    run()


if __name__ == "__main__":
    main()
