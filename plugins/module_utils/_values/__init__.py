# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values: variables read from the cluster.

A value names one resource and a path into it. What the values of a whole environment need is asked for together: one LIST for each kind and
namespace, a GET where only one object is named. What a Secret holds comes decoded, as `SecretText`.
May import `_cluster`, `_model` (types), `_jsonpath`, `_secrets`, `_errors`, `_objects`.

Front door:
    wanted_by(instance) -> list[Wanted]                        what its documents ask for
    read_values(cluster, wanted) -> list[Answer]               as it is now, in the order given
    await_values(cluster, answers, stop, limit) -> list[Answer]    what may still come is waited for, by watches
    settle(answers) -> Settled                                 values, absent ones, and problems that are errors
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazily import lazily
from .types import LATER, Answer, Wanted, wanted_by

if TYPE_CHECKING:
    from .awaiting import await_values
    from .read import read_values
    from .settling import Settled, settle

__all__ = ["LATER", "Answer", "Settled", "Wanted", "await_values", "read_values", "settle", "wanted_by"]

_FILES = {"awaiting": ("await_values",), "read": ("read_values",), "settling": ("Settled", "settle")}

__getattr__ = lazily(__name__, _FILES)
