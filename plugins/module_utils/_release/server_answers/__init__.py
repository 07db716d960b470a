# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server's answers mean: refusals, dry runs, what keeps an object that is being deleted.

Where the server cannot be asked, because a kind or a namespace is not there yet, this room answers in its place.

May import of `_release`: `data`, `manifests`, `readiness`.
"""
