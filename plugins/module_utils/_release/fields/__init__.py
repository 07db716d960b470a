# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a field is, whether two states of an object are the same, and how the difference reads. Pure.

May import of `_release`: `manifests`.
"""
