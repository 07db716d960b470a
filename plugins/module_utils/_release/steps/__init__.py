# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of a plan -> API calls, and what came of them; also as dry runs, before and instead of the real ones.

May import of `_release`: `data`, `fields`, `manifests`, `ownership`, `restarts`, `server_answers`, `workers`.
"""
