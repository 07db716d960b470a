# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that say what a task works on and how a run behaves."""

from __future__ import annotations


class ModuleDocFragment:
    """`extends_documentation_fragment: roro.kube.workspace`, `.variables`, `.run` and `.result` parts by name."""

    DOCUMENTATION = r"""
options:
  workspace:
    description:
      - Directory with C(workspace.json), or one below it.
      - A relative path starts where C(ansible-playbook) was started; on a managed host, in the directory of the task.
    type: path
    default: .
  environment:
    description:
      - Name of the environment.
      - May be left out where the workspace has only one.
    type: str
    aliases: [env]
  instances:
    description:
      - Ids of the instances to work on, all when empty.
    type: list
    elements: str
    default: []
  profiles:
    description:
      - Profiles to switch on. Apps that name profiles take part only when one of theirs is on, or when they are named in O(instances).
    type: list
    elements: str
    default: []
requirements:
  - python >= 3.11
  - jinja2 >= 3.1
  - jsonschema >= 4.23
  - PyYAML >= 6
  - ruamel.yaml >= 0.18
"""

    VARIABLES = r"""
options:
  variables:
    description:
      - Variables for the templates, stronger than those of every document.
      - A text that was encrypted by itself with C(ansible-vault encrypt_string) counts as a secret variable.
    type: dict
    default: {}
  secret_variables:
    description:
      - Variables as in O(variables), stronger than those, whose values are shown nowhere. They are masked in diffs, events, messages and
        results, and so is what a template in a variable makes of them.
    type: dict
    default: {}
  allow_environment:
    description:
      - Variables of the system environment that the documents may read under C(systemEnvironment) although they are credentials of whoever
        runs this, such as V(GITHUB_TOKEN).
    type: list
    elements: str
    default: []
"""

    RUN = r"""
options:
  wait:
    description:
      - Whether to wait until the instances are healthy, or gone.
      - With V(false) an instance that others of the run depend on is waited for all the same, at most its timeout.
    type: bool
    default: true
  timeout:
    description:
      - How long to wait for each instance, such as V(90s), V(5m) or a number of seconds.
      - Without this option the timeouts of the app documents hold.
    type: str
  concurrency:
    description:
      - How many requests to the API server are under way at once.
    type: int
    default: 24
  wait_lock:
    description:
      - How long to wait for another run that is at work on an instance, such as V(5m), before the instance is refused.
      - Without this option it is refused at once.
    type: str
"""

    RESULT = r"""
options:
  result:
    description:
      - How much the result holds. It is kept in memory for every host, in the events of ansible-runner and in the database of AWX.
      - V(counts) counts objects. It lists those that failed.
      - V(changes) also lists each object that was changed, and what was planned in check mode. Of M(roro.kube.status_info) each object that
        is not ready.
      - V(all) lists every object.
    type: str
    choices: [counts, changes, all]
    default: counts
  result_file:
    description:
      - A file that gets all of the result as JSON, whatever O(result) says, where the task runs. Its folder has to be there.
      - Only its owner can read it. Secrets are hidden in it as in every result.
    type: path
"""
