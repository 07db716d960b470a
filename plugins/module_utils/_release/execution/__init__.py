# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a plan: what may begin, what is waited for, who is ready, what is told meanwhile.

May import of `_release`: all but `instance_status` and `lifecycle`.
"""
