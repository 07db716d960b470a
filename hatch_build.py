"""The build of the wheel: handlebars.js is put into the engine first, because the wheel carries it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent / "scripts"))


class Hook(BuildHookInterface):  # type: ignore[misc]  # hatchling has no types
    """Runs scripts/vendor_handlebars.py, except for an editable install: there `scripts/setup` does it, and tells when it cannot."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files of the wheel are gathered; fails the build when handlebars.js cannot be had."""
        if version == "editable":
            return
        import vendor_handlebars

        try:
            vendor_handlebars.put_in()
        except vendor_handlebars.NotFetched as error:
            self.app.abort(str(error))
