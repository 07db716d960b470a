# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one stage hands to the next: desired state, records, what was observed, the plan, the result. Pure data.

May import of `_release`: `fields` (Claims, Left).
"""
