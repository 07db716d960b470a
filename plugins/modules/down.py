#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes the instances of an environment."""

from __future__ import annotations

DOCUMENTATION = r"""
module: down
short_description: Remove the instances of an environment
description:
  - Deletes what the record on the cluster says that the instances own, in reverse order of dependency, and waits until it is gone.
  - PersistentVolumeClaims stay unless O(volumes) asks for them.
  - Objects annotated C(roro.dev/prune=disabled) and namespaces that others use stay always.
  - Templates are not rendered, so an environment can be removed whose templates are broken.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.kube_auth
  - roro.kube.workspace
  - roro.kube.workspace.run
  - roro.kube.workspace.result
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  volumes:
    description:
      - Whether PersistentVolumeClaims, and with them their data, are deleted too.
    type: bool
    default: false
  adopt:
    description:
      - Whether instances that another workspace of the same name deployed are removed too. Without it they are refused.
    type: bool
    default: false
  hooks:
    description:
      - Whether the hooks among the manifests run, see the annotation C(roro.dev/hook).
    type: bool
    default: true
seealso:
  - module: roro.kube.up
  - module: roro.kube.status_info
"""

EXAMPLES = r"""
- name: Remove the environment, keep its data
  roro.kube.down:
    workspace: /srv/shop
    environment: dev

- name: Remove one instance and its data
  roro.kube.down:
    workspace: /srv/shop
    environment: dev
    instances: [api-blue]
    volumes: true
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
check:
  description: Whether nothing was written because of check mode.
  returned: success
  type: bool
run:
  description: Id of this run, as in its log, its revisions and its locks (C(docs/logging.md)).
  returned: when instances were worked on
  type: str
  sample: 7f3a2b1c
instances:
  description: The instances worked on, dependents first.
  returned: success
  type: list
  elements: dict
  contains:
    instance:
      description: Id of the instance.
      type: str
      sample: api-blue
    app:
      description: The app.
      type: str
      sample: api
    namespace:
      description: The instance's namespace.
      type: str
      sample: shop-dev
    status:
      description: V(NotDeployed), V(Deploying), V(Running), V(Failed) or V(Updating).
      type: str
      sample: Running
    reason:
      description: Machine-readable reason, empty when all is well.
      type: str
      sample: ImagePullBackOff
    message:
      description: The same for a person, in one line.
      type: str
    details:
      description: Of an instance that failed, what stands behind the message, such as the object, the pod and the words of the cluster.
      type: list
      elements: str
      sample: ["Deployment shop-dev/api, pod api-7c9f-x2x4l, container main"]
    log:
      description: Of an instance that failed, the last lines that its crashed container or its hook wrote.
      type: list
      elements: str
    hint:
      description: Of an instance that failed, what to do about it, or empty.
      type: str
      sample: "See what it said: `roro logs dev api --previous`."
    where:
      description: Of an instance that failed, the file and line of the object that the API server refused, or empty.
      type: str
      sample: apps/api/manifests/api.yaml.j2:9
    revision:
      description: Number of the revision.
      type: int
      sample: 3
    changed:
      description: Whether anything of this instance was changed, or would be in check mode.
      type: bool
    duration:
      description: Seconds.
      type: float
    counts:
      description: What was done, such as V(create), and to how many objects.
      type: dict
      sample: {create: 2, unchanged: 8}
    actions:
      description: What was done to each object and why, as far as O(result) says; those that failed in any case.
      type: list
      elements: dict
      contains:
        action:
          description: V(create), V(update), V(recreate), V(delete), V(run) (a hook) or V(unchanged).
          type: str
        kind:
          description: Kind of the object.
          type: str
        namespace:
          description: Namespace of the object, empty when cluster-scoped.
          type: str
        name:
          description: Name of the object.
          type: str
        cause:
          description: Why it was done.
          type: str
          sample: data.mode differs
        duration:
          description: Seconds.
          type: float
        error:
          description: Why it did not work, else empty.
          type: str
        checked:
          description: >-
            In check mode, who says that it would work. V(server) is the server's dry run, V(elsewhere) its dry run in another namespace as
            the object's own does not exist yet, V(schema) the schema of a CustomResourceDefinition that the run brings, V(none) nobody.
            Empty out of check mode and where nothing is to be written.
          type: str
          sample: server
    warnings:
      description: >-
        Of an instance that failed, the newest five different warnings of the last ten minutes that the cluster's events have about its
        objects, oldest first, as M(roro.kube.events_info) returns them.
      type: list
      elements: dict
plan:
  description: What was planned. See C(docs/how-up-works.md) for its keys.
  returned: check mode, with O(result) V(changes) or V(all)
  type: dict
  contains:
    steps:
      description: One item for each object, with C(id), C(instance), C(action), its names, C(cause), C(after) and C(hook).
      type: list
      elements: dict
    gates:
      description: What is waited for in between, with C(id), C(instance), C(condition), C(required), C(objects) and C(after).
      type: list
      elements: dict
    kept:
      description: What is no longer wanted and stays, with C(why).
      type: list
      elements: dict
    notices:
      description: What a person should know.
      type: list
      elements: str
notices:
  description: What a person should know.
  returned: success
  type: list
  elements: str
counts:
  description: What was done, and to how many objects, in all instances.
  returned: success
  type: dict
  sample: {create: 2, update: 0, recreate: 0, delete: 0, run: 0, unchanged: 8}
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
    run_module(AnsibleModule(**SPECS["down"]), "down")


if __name__ == "__main__":
    main()
