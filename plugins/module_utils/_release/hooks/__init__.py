# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests that run at a moment of an instance's life: what is one, its place in the graph, its end.

May import of `_release`: `data`, `ownership`, `order`, `causes`, `readiness`.
"""
