# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How instances are that nothing is done to, for `ps` and `ls`. Reads only.

May import of `_release`: `causes`, `data`, `fields`, `observation`, `readiness`, `records`, `server_answers`, `workers`.
"""
