#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps what AWX holds as definitions say: projects, job templates, surveys, workflows and the rest."""

from __future__ import annotations

DOCUMENTATION = r"""
module: awx_definitions
short_description: Keep objects of AWX or Automation Controller as definitions say
description:
  - Compares a set of definitions with what AWX has, in a few requests for all of them, tells what differs, and writes only that.
  - A second run changes nothing. What a person changed in AWX is told with the field, AWX's value, the defined one and who was the last
    to change the object, and is written over; in check mode it is only told.
  - Only what a definition names is compared. Other fields of an object are left as AWX has them.
  - Objects that it makes end their description with a mark in brackets. What is there without the mark is refused, unless
    O(adopt=true); organizations, labels and instance groups are used as they are. With O(prune=true) what carries the mark and is
    defined no more goes.
  - AWX never tells a secret, so a secret that is there counts as the right one. It is given again when C(secrets) of its credential or
    notification template, a word of your choice, is another than before.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
attributes:
  check_mode:
    support: full
    details:
      - Names, fields and what is missing are checked against the server. What its own rules say of a value is known when it is written.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  definitions:
    description:
      - The objects, a list for each kind, with the names of fields that the API has. C(docs/awx-definitions.md) has each kind with
        an example.
      - The kinds are C(organizations), C(credential_types), C(credentials), C(execution_environments), C(notification_templates),
        C(projects), C(inventories), C(inventory_sources), C(job_templates), C(workflow_job_templates) and C(schedules).
      - "Other objects are named, not numbered. What can be launched is named with its kind, as V({job_templates: roro up})."
    type: dict
    required: true
  organization:
    description:
      - Organization of everything that names none.
    type: str
  mark:
    description:
      - How objects of this set are known as such. Two sets in one AWX have two marks.
    type: str
    default: roro.kube
  secret_inputs:
    description:
      - >-
        Secret inputs of credentials, and of the configuration of notification templates, by their names, such as
        V({deploy key: {password: ...}}).
    type: dict
    default: {}
  prune:
    description:
      - Delete objects that carry the mark and are defined no more.
    type: bool
    default: false
  adopt:
    description:
      - Take over objects that are there without the mark.
    type: bool
    default: false
  apply:
    description:
      - Whether AWX is asked at all. V(false) with O(import_file) only writes that file.
    type: bool
    default: true
  import_file:
    description:
      - Also write the definitions to this file, without secrets, for C(awx import) of AWX's own client.
    type: path
  project_timeout:
    description:
      - Seconds to wait for the first update of a project that was made, since job templates can only name playbooks that AWX has seen.
        V(0) does not wait.
    type: int
    default: 300
  controller_host:
    description:
      - Address of AWX. Else E(CONTROLLER_HOST), E(AAP_HOSTNAME) or E(TOWER_HOST).
      - Whether the API is at C(/api/v2) or, behind the gateway of the Automation Platform, at C(/api/controller/v2), the server says.
        E(CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX) says it for one that does not.
    type: str
    aliases: [tower_host]
  controller_username:
    description:
      - Name of the user. Else E(CONTROLLER_USERNAME), E(AAP_USERNAME) or E(TOWER_USERNAME).
    type: str
    aliases: [tower_username]
  controller_password:
    description:
      - Password of the user. Else E(CONTROLLER_PASSWORD), E(AAP_PASSWORD) or E(TOWER_PASSWORD).
    type: str
    aliases: [tower_password]
  controller_oauthtoken:
    description:
      - A token, stronger than name and password. Else E(CONTROLLER_OAUTH_TOKEN), E(AAP_TOKEN) or E(TOWER_OAUTH_TOKEN).
    type: str
    aliases: [tower_oauthtoken]
  validate_certs:
    description:
      - Whether the certificate has to be trusted. Else E(CONTROLLER_VERIFY_SSL), E(AAP_VALIDATE_CERTS) or E(TOWER_VERIFY_SSL), else yes.
    type: bool
    aliases: [tower_verify_ssl]
  ca_file:
    description:
      - File with the certificates to trust instead of the system's.
    type: path
  request_timeout:
    description:
      - Seconds to wait for one answer. Else E(CONTROLLER_REQUEST_TIMEOUT), else 30.
    type: float
"""

EXAMPLES = r"""
- name: A project and a job template
  roro.kube.awx_definitions:
    controller_host: https://awx.example.com
    organization: Ops
    definitions:
      projects:
        - name: fleet
          scm_type: git
          scm_url: https://git.example.com/team/fleet.git
      job_templates:
        - name: fleet up
          project: fleet
          inventory: clusters
          playbook: playbooks/up.yml
          credentials: [production]

- name: Tell what somebody changed in AWX
  roro.kube.awx_definitions:
    organization: Ops
    definitions: "{{ lookup('ansible.builtin.file', 'definitions.yml') | from_yaml }}"
  check_mode: true
  diff: true
  register: drift

- name: Only write the file for awx import
  roro.kube.awx_definitions:
    definitions: "{{ lookup('ansible.builtin.file', 'definitions.yml') | from_yaml }}"
    import_file: /tmp/definitions.json
    apply: false
"""

RETURN = r"""
changes:
  description: What was done, or would be in check mode; objects that need nothing are not in it.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: The list of definitions that it belongs to.
      type: str
      sample: job_templates
    name:
      description: Its name.
      type: str
      sample: roro up
    in:
      description: Name of the organization, inventory or template that it is in, or empty.
      type: str
      sample: Ops
    action:
      description: V(create), V(update) or V(delete).
      type: str
    differences:
      description: Each field of an update that differs; secrets are hidden.
      type: list
      elements: dict
      contains:
        field:
          description: The field, of a survey with the variable and what of the question.
          type: str
          sample: survey_spec.roro_timeout.required
        theirs:
          description: What AWX has.
          type: raw
        ours:
          description: What is defined.
          type: raw
    changed_by:
      description: Who was the last to change the object in AWX.
      type: str
      sample: alice
    changed_at:
      description: When that was.
      type: str
counts:
  description: How many objects for each action, V(unchanged) as well.
  returned: success
  type: dict
left:
  description: What carries the mark, is defined no more, and is still there, with C(kind) and C(name).
  returned: success
  type: list
  elements: dict
api:
  description: Where the API is below the server.
  returned: when AWX was asked
  type: str
  sample: /api/v2/
requests:
  description: How many requests were sent.
  returned: when AWX was asked
  type: int
msg:
  description: The same for a person.
  returned: always
  type: str
problems:
  description: What is wrong, one item each.
  returned: failure
  type: list
  elements: dict
  contains:
    message:
      description: One sentence, of what AWX refused with the field.
      type: str
      sample: "playbook: Playbook not found for project."
    where:
      description: The object.
      type: str
      sample: job template `roro up`
    hint:
      description: What to do about it, or V(null).
      type: str
reason:
  description: A word for what happened, such as V(Unreachable), V(Unauthorized), V(Refused), V(Missing) or V(NotOurs).
  returned: failure
  type: str
exit_code:
  description: What the C(roro) command ends with. V(1) failed, V(2) invalid usage and nothing was touched, V(130) interrupted.
  returned: failure
  type: int
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import SPECS, run_module


def main() -> None:
    """Run on the host that the task points to; with a local connection the action plugin of the same name does the work."""
    run_module(AnsibleModule(**SPECS["awx_definitions"]), "awx_definitions")


if __name__ == "__main__":
    main()
