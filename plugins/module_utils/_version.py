# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of the collection and of the command. pyproject.toml and galaxy.yml say the same; a test holds them together."""

from __future__ import annotations

VERSION = "1.0.0"
