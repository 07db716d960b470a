#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings an environment up."""

from __future__ import annotations

DOCUMENTATION = r"""
module: up
short_description: Bring the instances of an environment up
description:
  - Renders the apps of an environment, applies what differs by server-side apply, and waits until every instance is healthy.
  - Removes what left the workspace.
  - One task does the whole environment. Objects are written in parallel as soon as what they need is ready.
  - Nothing is written before everything was loaded, rendered and planned.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.kube_auth
  - roro.kube.workspace
  - roro.kube.workspace.variables
  - roro.kube.workspace.run
  - roro.kube.workspace.result
attributes:
  check_mode:
    support: full
    details:
      - Uses the dry run of the server. What lies in a namespace that does not exist yet is checked by a dry run in another one, a custom
        resource whose definition does not exist yet by the schema of that definition; a notice and C(checked) of each action say so.
  diff_mode:
    support: full
    details:
      - Data of Secrets, status and managed fields are never shown.
  idempotent:
    support: full
options:
  prune:
    description:
      - Whether to delete what an earlier run applied and the workspace no longer has.
      - What V(false) leaves behind is remembered, and goes with the next run that prunes.
    type: bool
    default: true
  allow_empty:
    description:
      - Whether an instance that renders no objects at all may be emptied on the cluster.
    type: bool
    default: false
  force_conflicts:
    description:
      - Whether fields that another manager owns are taken over.
    type: bool
    default: false
  adopt:
    description:
      - Whether to take over what is in the way, such as objects that belong to a Helm release or another workspace,
        with all their fields, and instances that another workspace of the same name deployed.
      - Without it C(adoption) in the documents decides about objects.
        An object's annotation C(roro.dev/adoption) is stronger than both.
    type: bool
    default: false
  hooks:
    description:
      - Whether the hooks among the manifests run, see the annotation C(roro.dev/hook).
    type: bool
    default: true
seealso:
  - module: roro.kube.down
  - module: roro.kube.status_info
"""

EXAMPLES = r"""
- name: Bring the environment up
  roro.kube.up:
    workspace: /srv/shop
    environment: dev

- name: Bring one instance up with another image, on a named cluster
  roro.kube.up:
    workspace: /srv/shop
    environment: staging
    instances: [api-blue]
    variables:
      image: shop/api:2
    context: staging
    timeout: 10m
  register: result

- name: See what would change
  roro.kube.up:
    workspace: /srv/shop
    environment: dev
  check_mode: true
  diff: true
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
  description: The instances worked on, dependencies first.
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
    rolled_back_to:
      description: Of an instance that failed, the revision that it was rolled back to and is healthy at; 0 for none.
      type: int
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
    run_module(AnsibleModule(**SPECS["up"]), "up")


if __name__ == "__main__":
    main()
