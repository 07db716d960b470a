# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of what every module of this collection can and cannot do."""

from __future__ import annotations


class ModuleDocFragment:
    """`extends_documentation_fragment: roro.kube.attributes` and the parts below by name."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description: When run twice in a row with the same arguments, the second invocation changes nothing.
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
    details:
      - With a local connection the work is done inside C(ansible-playbook), which shows its progress while it lasts.
      - With any other connection, with C(become) and with C(async) the module runs on the host that the task points to,
        which then needs the collection's Python requirements; progress is not shown.
  async:
    description: Supports being used with the C(async) keyword.
    support: full
"""

    ACTIONGROUP_KUBE = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/roro.kube.kube) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - roro.kube.kube
"""

    FORWARDS = r"""
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - A forward that is as asked for is left alone, whatever its state.
"""

    READS_ONLY = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This action does not modify state.
  diff_mode:
    support: N/A
    details:
      - This action does not modify state.
  idempotent:
    support: full
    details:
      - This action does not modify state.
"""
