# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources -> images -> where the cluster finds them: what is there already is neither built nor brought again.

An image's reference follows from its inputs (`inputs.py`): everybody with the same sources knows it, whether they built it or not.
What was built here is kept in the user's cache by that digest (`records.py`). Builders are commands, made without running anything
(`builders/`). May import `_model` and the foundation; it knows no cluster: what loads images is handed in as a `Destination`.

Front door:
    Images(options, destination, tell).build(specs) -> [Built]      `BuildOptions`, `Destination`, `ImageSpec`, `Tell`
    inputs_of(spec), reference_of(spec, inputs)                     without building anything
    read_last, write_last, LastImage                                what an environment got last from this machine
    warnings(specs)                                                 sentences about arguments that should be something else
    with_login(folder, registry, user, password)                    a config.json of Docker for one run
    BUILDERS, size_text(bytes)
"""

from __future__ import annotations

from .advice import warnings
from .building import BuildOptions, Destination, Images
from .choose import NAMES as BUILDERS
from .credentials import registry_of, with_login
from .inputs import inputs_of, reference_of
from .records import LastImage, read_last, write_last
from .sizes import size_text
from .types import Built, ImageSpec, State, Tell

__all__ = [
    "BUILDERS",
    "BuildOptions",
    "Built",
    "Destination",
    "ImageSpec",
    "Images",
    "LastImage",
    "State",
    "Tell",
    "inputs_of",
    "read_last",
    "reference_of",
    "registry_of",
    "size_text",
    "warnings",
    "with_login",
    "write_last",
]
