# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired and observed state -> a plan: what is done to each object, in which order, each step with a written cause.

Pure, except `removal.look_around`, which lists what a removal would leave.

May import of `_release`: `data`, `fields`, `hooks`, `manifests`, `order`, `ownership`, `readiness`, `restarts`,
`server_answers`, `workers`.
"""
