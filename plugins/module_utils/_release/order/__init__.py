# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which object comes before which, when they are made and when they go. Pure.

May import of `_release`: `data`, `manifests`, `ownership`.
"""
