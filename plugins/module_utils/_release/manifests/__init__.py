# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one manifest says of itself: which objects it names, what it intercepts, what only one object can have. Pure.

Imports nothing else of `_release`.
"""
