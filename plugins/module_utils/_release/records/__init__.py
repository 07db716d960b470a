# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster remembers of an instance: what it owns, what it was at each revision, and when that is written.

May import of `_release`: `data`, `hooks`, `locks`, `ownership`, `planning`, `restarts`, `server_answers`.
"""
