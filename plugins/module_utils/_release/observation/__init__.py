# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on the cluster: records, objects, who made them. Reads only.

May import of `_release`: `data`, `fields`, `manifests`, `ownership`, `planning` (`wanted`), `readiness`, `records`, `workers`.
"""
