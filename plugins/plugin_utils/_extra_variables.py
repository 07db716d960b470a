# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extra variables (`-e roro_...`) that no role and no playbook of the collection reads: most are misspelt. Private to this collection.

Where a playbook of the collection is run by its name they are an error, as nobody else can read them. In a playbook of a person's own,
which may read them itself, only those that are nearly the name of one are told, as a warning.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

PREFIX = "roro_"
_WORDS = """
    adopt after_down after_up allow_empty allow_environment awx awx_adopt awx_apply awx_approval_timeout awx_ca_file awx_credential_types
    awx_credentials awx_definitions awx_execution_environment_credential awx_execution_environment_image awx_execution_environment_pull
    awx_host awx_import_file awx_inventory_path awx_job_credentials awx_mark awx_name awx_notification_templates awx_notify awx_organization
    awx_password awx_project_branch awx_project_credential awx_project_timeout awx_project_url awx_prune awx_schedules awx_secret_inputs
    awx_survey_without awx_templates awx_token awx_username awx_validate_certs awx_workflow before_down before_up bind cluster cluster_audit
    cluster_images cluster_kubernetes_version cluster_merge_kubeconfig cluster_name cluster_only_simulated cluster_provider
    cluster_simulated_nodes cluster_state concurrency connection context controller controller_branch controller_cluster_kinds
    controller_disk controller_disruption_budget controller_drift controller_environments controller_git_ca controller_git_secret
    controller_image controller_kinds controller_metrics controller_namespace controller_namespaces controller_path controller_pull_policy
    controller_pull_secrets controller_removed controller_replicas controller_resources controller_state controller_url controller_workspace
    dest down drift environment force_conflicts forward forwards git_accept_host git_branch git_ca_file git_client_certificate
    git_client_key git_client_key_passphrase git_commit_message git_follow_rewritten git_helpers git_key_file git_key_passphrase
    git_known_hosts git_password git_password_file git_proxy git_proxy_password git_push git_resolve git_strategy git_username hooks hosts
    instances kubeconfig local_port max_fail_percentage namespace open port port_forwards profiles prune reconcile render required restart
    result result_file rollback running scope secret_variables serial start state status stop sync target tasks_after tasks_before timeout
    to up variables volumes wait wait_lock workspace workspace_info
"""
NAMES = frozenset(f"{PREFIX}{word}" for word in _WORDS.split())
"""What roles and playbooks read, and what roles register."""

_TASK_FILES = frozenset(f"{PREFIX}{name}" for name in ("after_down", "after_up", "before_down", "before_up", "tasks_after", "tasks_before"))
"""They name files of a person's own tasks, which may read anything."""

display = Display()


def check_extra_variables(loader: Any) -> None:
    """Look at the extra variables of this ansible-playbook. Raises AnsibleActionFail."""
    given = load_extra_vars(loader)
    listed = unread(given)
    if not listed:
        return
    if _TASK_FILES.isdisjoint(given) and all(_is_ours(str(playbook)) for playbook in context.CLIARGS.get("args") or [""]):
        raise AnsibleActionFail("; ".join(_sentence(name, near) for name, near in listed))
    for name, near in listed:
        if near:
            display.warning(_sentence(name, near))


def unread(given: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """(name, the nearest known name or "") of each that starts as ours do and that nobody reads."""
    found = []
    for name in sorted(str(name) for name in given):
        if name.startswith(PREFIX) and name not in NAMES:
            near = difflib.get_close_matches(name.removeprefix(PREFIX), [known.removeprefix(PREFIX) for known in NAMES], n=1, cutoff=0.75)
            found.append((name, f"{PREFIX}{near[0]}" if near else ""))
    return found


def _is_ours(playbook: str) -> bool:
    return playbook.startswith("roro.kube.") or "/ansible_collections/roro/kube/playbooks/" in playbook


def _sentence(name: str, near: str) -> str:
    return f"nobody reads the extra variable {name}" + (f"; did you mean {near}?" if near else "")
