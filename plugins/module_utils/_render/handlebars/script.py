# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the text of handlebars.js comes from.

`scripts/vendor_handlebars.py` takes it from the package registry, pinned by scripts/handlebars/package-lock.json, and writes `_script.py`
beside this file; `make setup` and the builds of the wheel and of the collection call it. A Python file, so that it travels with modules.
"""

from __future__ import annotations

from ..._errors import RenderError


def script() -> tuple[str, str]:
    """(version, source) of handlebars.js. Raises RenderError when it was not put in."""
    try:
        from ._script import SOURCE, VERSION
    except ImportError:
        raise RenderError(
            "handlebars.js is not part of this checkout",
            hint="Run `make setup` (it needs npm), or install a built wheel or collection of roro.kube.",
        ) from None
    return VERSION, SOURCE
