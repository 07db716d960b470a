#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads one value from a resource of the cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: crd_value_info
short_description: Read a value from a resource of the cluster
description:
  - Reads one value out of any resource, mostly a custom resource, by a JSONPath.
  - It is what C(values) in the documents of a workspace do. Each way in which there is no value has its own C(reason).
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.kube_auth
  - roro.kube.workspace
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  api_version:
    description:
      - Version of the resource, such as V(v1) or V(db.example.com/v1).
    type: str
    default: v1
  kind:
    description:
      - Kind of the resource.
    type: str
    required: true
  name:
    description:
      - Name of the resource. One of O(name) and O(selector) is needed.
    type: str
  selector:
    description:
      - Labels that select exactly one resource, such as V(app=db,tier!=test).
    type: str
  namespace:
    description:
      - Namespace of the resource. Without it the namespace of the context, else V(default).
    type: str
  path:
    description:
      - JSONPath (RFC 9535) such as V($.status.host); with braces a template of kubectl such as V({.status.host}:{.status.port}).
      - The C(data) of a Secret is decoded.
    type: str
    required: true
  engine:
    description:
      - Dialect of O(path), told by the path where it is not given. V(ng) needs the Python library jsonpath-ng.
    type: str
    choices: [rfc9535, kubectl, ng]
  default:
    description:
      - The value where the kind, the resource or the path is not there.
    type: raw
  required:
    description:
      - Whether it is an error when there is no value.
    type: bool
    default: true
  wait:
    description:
      - How long to wait until the value appears, such as V(30s) or V(5m). A watch is used, nothing is asked again and again.
    type: str
notes:
  - With O(environment), the cluster of that environment of O(workspace) is read where no other option names one.
    O(instances) and O(profiles) are taken so that C(module_defaults) of the group C(roro.kube.kube) fit.
  - What comes from a Secret is hidden from the output of the task. A variable that it is registered in has it in plain text,
    so put C(no_log) on tasks that use it.
seealso:
  - module: roro.kube.up
  - plugin: roro.kube.crd_value
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Where is the database
  roro.kube.crd_value_info:
    api_version: db.example.com/v1
    kind: Database
    name: main
    namespace: shop-dev
    path: $.status.host
    wait: 2m
  register: database

- name: Address of the one ingress gateway
  roro.kube.crd_value_info:
    kind: Service
    selector: app=gateway
    namespace: ingress
    path: "{.spec.clusterIP}:{.spec.ports[0].port}"
  register: gateway
"""

RETURN = r"""
value:
  description: The value, with the type that it has in the resource.
  returned: success
  type: raw
  sample: main.db.svc
found:
  description: Whether it was there; V(false) where the default stands in.
  returned: success
  type: bool
  sample: true
secret:
  description: Whether it comes from the data of a Secret.
  returned: success
  type: bool
  sample: false
namespace:
  description: The namespace that was looked into.
  returned: success
  type: str
  sample: shop-dev
reason:
  description: >-
    Why there is no value. V(KindNotServed), V(Forbidden), V(NotFound), V(SeveralObjects), V(NoMatch), V(SeveralMatches), V(BadPath) or
    V(LibraryMissing); empty for other errors.
  returned: failure
  type: str
  sample: NotFound
problems:
  description: What is wrong, one item each.
  returned: failure
  type: list
  elements: dict
  contains:
    message:
      description: One sentence.
      type: str
    where:
      description: The object, or V(null).
      type: str
    hint:
      description: What to do about it, or V(null).
      type: str
exit_code:
  description: What the C(roro) command would end with.
  returned: failure
  type: int
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import SPECS, run_module


def main() -> None:
    """Run on the host that the task points to; with a local connection the action plugin of the same name does the work."""
    run_module(AnsibleModule(**SPECS["crd_value_info"]), "crd_value_info")


if __name__ == "__main__":
    main()
