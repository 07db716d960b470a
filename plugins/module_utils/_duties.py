# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The duties that the engine has for the daemon of `_daemon`, by the modules that they are in; a new one is a line here.

Names alone, nothing is imported: every room that talks to the daemon can start it with all of them, also with those of rooms above.
"""

from __future__ import annotations

ENGINE = __name__.rpartition(".")[0]
DUTIES = (f"{ENGINE}._forward.duty", f"{ENGINE}._health.duty", f"{ENGINE}._sync.duty")
