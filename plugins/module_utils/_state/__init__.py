# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private local files: where caches and state live, and how they are written.

Directories are 0700 and files 0600; writes are atomic (temporary file, rename). Where there is no home, or none that can be written,
everything is in the runtime directory. May import `_errors` only.
XDG Base Directory Specification: https://specifications.freedesktop.org/basedir-spec/latest/
"""

from __future__ import annotations

from .files import PrivateDirectory, cache_directory, runtime_directory, state_directory, write_private
from .locks import lock_within

__all__ = ["PrivateDirectory", "cache_directory", "lock_within", "runtime_directory", "state_directory", "write_private"]
