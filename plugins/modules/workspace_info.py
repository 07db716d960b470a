#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks a workspace and tells what it holds."""

from __future__ import annotations

DOCUMENTATION = r"""
module: workspace_info
short_description: Check a workspace and tell what it holds
description:
  - Reads and checks the documents of a workspace, without a cluster, and returns its apps, environments and instances.
  - Fails with every problem found, each with file, line and column.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.attributes.reads_only
  - roro.kube.kube_auth
  - roro.kube.workspace
  - roro.kube.workspace.variables
notes:
  - The options that name a cluster are taken so that C(module_defaults) of the group C(roro.kube.kube) fit; no cluster is asked.
seealso:
  - module: roro.kube.render
  - module: roro.kube.up
"""

EXAMPLES = r"""
- name: Check a workspace
  roro.kube.workspace_info:
    workspace: /srv/shop
  register: shop

- name: Show the environments
  ansible.builtin.debug:
    msg: "{{ shop.environments | map(attribute='name') }}"
"""

RETURN = r"""
workspace:
  description: The workspace.
  returned: success
  type: dict
  contains:
    name:
      description: Its name.
      type: str
    root:
      description: Absolute path of its directory.
      type: str
    document:
      description: Absolute path of its document.
      type: str
apps:
  description: Every app of the workspace.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
    description:
      description: What its document says.
      type: str
    folder:
      description: Absolute path of its directory.
      type: str
    engine:
      description: Template engine, or V(null) where file suffixes decide.
      type: str
    depends_on:
      description: Names of the apps that it needs.
      type: list
      elements: str
    profiles:
      description: Profiles that it takes part in; empty means always.
      type: list
      elements: str
environments:
  description: The environment asked for, or every environment.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
    context:
      description: Name of the kubeconfig context, or V(null).
      type: str
    kubeconfig:
      description: Path of the kubeconfig, or V(null).
      type: str
    instances:
      description: Its instances in dependency order.
      type: list
      elements: dict
      contains:
        instance:
          description: Id of the instance.
          type: str
        app:
          description: The app.
          type: str
        suffix:
          description: The suffix, empty when it has none.
          type: str
        namespace:
          description: The namespace it goes to.
          type: str
        depends_on:
          description: What it waits for, each with C(instance), C(condition) and C(required).
          type: list
          elements: dict
        profiles:
          description: Profiles that it takes part in.
          type: list
          elements: str
        timeout:
          description: How long to wait for it, in seconds.
          type: float
        on_failure:
          description: V(keep), V(rollback) or V(stop).
          type: str
        on_immutable:
          description: V(refuse) or V(recreate).
          type: str
        restart_on:
          description: V(config), V(mounts), both or none.
          type: list
          elements: str
        adoption:
          description: V(mustMatch), V(adoptIfFree) or V(adoptAll).
          type: str
        drift:
          description: What is done about drift, C(mode), C(ignore), C(suspend) and C(windows) as documents say it.
          type: dict
    notices:
      description: What a person should know.
      type: list
      elements: str
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
    run_module(AnsibleModule(**SPECS["workspace_info"]), "workspace_info")


if __name__ == "__main__":
    main()
