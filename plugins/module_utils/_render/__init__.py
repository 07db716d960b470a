# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables and template engines -> validated manifests.

Pure apart from reading the app's own files: values read from the cluster come in as data. May import `_model`, `_errors`, `_objects`, `_state`.

Front door:
    render_instance(instance, values=..., cache=...) -> tuple[Manifest, ...]
"""

from __future__ import annotations

from .types import Engine, EngineResult, Manifest, RenderedFile

__all__ = ["Engine", "EngineResult", "Manifest", "RenderedFile"]
