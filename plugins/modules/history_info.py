#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells the revisions of the instances of an environment."""

from __future__ import annotations

DOCUMENTATION = r"""
module: history_info
short_description: Tell the revisions of the instances of an environment
description:
  - Lists what the cluster keeps of each instance. That is the last ten revisions, with outcome, cause, time and user.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.attributes.reads_only
  - roro.kube.kube_auth
  - roro.kube.workspace
seealso:
  - module: roro.kube.up
  - module: roro.kube.status_info
"""

EXAMPLES = r"""
- name: Read the history of the API
  roro.kube.history_info:
    workspace: /srv/shop
    environment: dev
    instances: [api]
  register: api
"""

RETURN = r"""
workspace:
  description: Name of the workspace.
  returned: success
  type: str
  sample: shop
environment:
  description: Name of the environment.
  returned: success
  type: str
  sample: dev
notices:
  description: What could not be looked at, such as namespaces without the right to list.
  returned: success
  type: list
  elements: str
revisions:
  description: The kept revisions by instance, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    instance:
      description: Id of the instance.
      type: str
      sample: api-blue
    namespace:
      description: The instance's namespace.
      type: str
      sample: shop-dev
    revision:
      description: Number of the revision.
      type: int
      sample: 3
    outcome:
      description: V(deployed) when it became healthy, V(applied) when that was not waited for, V(failed) or V(interrupted).
      type: str
      sample: deployed
    cause:
      description: What made it.
      type: str
      sample: rollback to revision 2
    message:
      description: Why it failed, else empty.
      type: str
    updated:
      description: When that was recorded, RFC 3339 in UTC.
      type: str
    who:
      description: User and machine.
      type: str
      sample: ada@laptop
    run:
      description: Id of the run that wrote it, as in its log (C(docs/logging.md)).
      type: str
      sample: 7f3a2b1c
    digest:
      description: Digest of all that went in.
      type: str
    objects:
      description: How many objects it had.
      type: int
    size:
      description: Bytes that it takes in the cluster.
      type: int
    parts:
      description: How many Secrets hold it.
      type: int
problems:
  description: What is wrong, one item each; empty when nothing is.
  returned: failure
  type: list
  elements: dict
  contains:
    message:
      description: One sentence.
      type: str
    where:
      description: File with line and column, or the object, or V(null).
      type: str
    hint:
      description: What to do about it, or V(null).
      type: str
exit_code:
  description: >-
    What the C(roro) command ends with. V(1) failed, V(2) invalid usage or documents and nothing was touched, V(130) interrupted.
  returned: failure
  type: int
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import SPECS, run_module


def main() -> None:
    """Run on the host that the task points to; with a local connection the action plugin of the same name does the work."""
    run_module(AnsibleModule(**SPECS["history_info"]), "history_info")


if __name__ == "__main__":
    main()
