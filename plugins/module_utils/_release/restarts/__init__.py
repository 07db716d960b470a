# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New pods for workloads: because their configuration changed, or because somebody asked.

May import of `_release`: `data`, `fields`, `manifests`.
"""
