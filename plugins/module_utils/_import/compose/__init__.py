# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading Compose projects: what Compose itself would make of the files, and where everything was said.

`project.read_project(Wanted)` is the front door; `keys.PROJECT` is every key of the specification with what becomes of it here.
"""
