# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kustomizations, built by `kustomize` or `kubectl`: which files belong to one, what is refused. Used by `engines/kustomize.py` only."""
