# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one value from a resource of the cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
name: crd_value
short_description: Read a value from a resource of the cluster
author:
  - roro.kube contributors (@roro-dev)
description:
  - The value at a JSONPath in any resource, mostly a custom resource, with its type. The lookup for what
    M(roro.kube.crd_value_info) does as a module; it runs on the controller.
  - The cluster is the one that the options or the environment variables C(K8S_AUTH_*) name.
options:
  _terms:
    description:
      - JSONPath (RFC 9535) such as V($.status.host), or a template of kubectl such as V({.status.host}). Several paths give several values.
    type: list
    elements: str
    required: true
  api_version:
    description: Version of the resource.
    type: str
    default: v1
  kind:
    description: Kind of the resource.
    type: str
    required: true
  name:
    description: Name of the resource. One of O(name) and O(selector) is needed.
    type: str
  selector:
    description: Labels that select exactly one resource.
    type: str
  namespace:
    description: Namespace of the resource. Without it the namespace of the context, else V(default).
    type: str
  engine:
    description: Dialect of the path, told by the path where it is not given.
    type: str
    choices: [rfc9535, kubectl, ng]
  default:
    description: The value where the kind, the resource or the path is not there.
    type: raw
  wait:
    description: How long to wait until the value appears, such as V(30s).
    type: str
  kubeconfig:
    description: Path to a kubeconfig file.
    type: path
  context:
    description: Name of a context in the kubeconfig.
    type: str
notes:
  - What comes from a Secret is decoded, and in plain text from then on. Put C(no_log) on the tasks that use it.
seealso:
  - module: roro.kube.crd_value_info
"""

EXAMPLES = r"""
- name: Tell where the database is
  ansible.builtin.debug:
    msg: "{{ lookup('roro.kube.crd_value', '$.status.host', kind='Database', name='main', api_version='db.example.com/v1') }}"
"""

RETURN = r"""
_raw:
  description: The values, one for each path.
  type: list
  elements: raw
"""

import threading
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import Mode, run

_OPTIONS = ("api_version", "kind", "name", "selector", "namespace", "engine", "default", "wait", "kubeconfig", "context")


class LookupModule(LookupBase):  # type: ignore[misc]
    """See the documentation above."""

    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[Any]:
        """The values of the paths. Raises AnsibleLookupError with the reason."""
        self.set_options(var_options=variables, direct=kwargs)
        asked = {name: self.get_option(name) for name in _OPTIONS}
        if "default" not in kwargs:
            asked.pop("default")
        return [self._read(str(path), asked) for path in terms]

    def _read(self, path: str, asked: dict[str, Any]) -> Any:
        outcome = run("crd_value_info", {**asked, "path": path}, Mode(), lambda event: None, threading.Event())
        if outcome.get("failed"):
            reason = f"{outcome['reason']}: " if outcome.get("reason") else ""
            raise AnsibleLookupError(f"roro.kube.crd_value: {reason}{outcome['msg']}")
        return outcome["value"]
