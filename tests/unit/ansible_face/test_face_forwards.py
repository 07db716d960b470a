# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The info modules of forwards and health checks must tell of what was named."""

from __future__ import annotations

import json
import threading

import pytest
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import Mode, forwards, jobs
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardStatus, Origin
from ansible_collections.roro.kube.plugins.module_utils._health import HealthStatus
from ansible_collections.roro.kube.plugins.module_utils._workflow import forwards as of_workspace
from ansible_collections.roro.kube.plugins.module_utils._workflow import health as checks_of_workspace


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Two instances in each of two environments, each with one forward and one check."""
    documents = {
        "workspace.json": {"version": 1, "name": "shop", "defaultEnvironment": "dev"},
        "environments/dev/environment.json": {},
        "environments/prod/environment.json": {},
    }
    for name in ("api", "web"):
        documents |= {f"apps/{name}/app.json": {}, f"apps/{name}/manifests/a.json": {}}
    for name, document in documents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(document))
    places = [Origin("shop", environment, instance, "http") for environment in ("dev", "prod") for instance in ("api", "web")]
    known = tuple(ForwardStatus(f"{o.environment}-{o.instance}", "service/x", "n", 80, origin=o) for o in places)
    checks = tuple(HealthStatus(id=f"{o.environment}-{o.instance}", kind="tcp", target="x", namespace="n", origin=o) for o in places)
    for module in (forwards, of_workspace):
        monkeypatch.setattr(module, "known_forwards", lambda: known)
    for module in (forwards, checks_of_workspace):
        monkeypatch.setattr(module, "known_checks", lambda: checks)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({}, ["dev-api", "dev-web", "prod-api", "prod-web"]),
        ({"environment": "prod"}, ["prod-api", "prod-web"]),
        ({"environment": "prod", "instances": ["web"]}, ["prod-web"]),
        ({"instances": ["web"]}, ["dev-web"]),
    ],
)
@pytest.mark.parametrize(("job", "key"), [(forwards.port_forward_info, "forwards"), (forwards.health_info, "health")])
def test_instances_must_select_also_where_the_environment_is_the_default_one(shop, job, key, options, ids):
    outcome = job({"workspace": str(shop), **options}, Mode(check=False, diff=False, verbosity=0), lambda event: None, threading.Event())
    assert [record["id"] for record in outcome[key]] == ids


def test_documents_that_are_only_listed_must_ask_nothing_of_the_system_environment(shop):
    (shop / "apps/api/app.json").write_text(json.dumps({"systemEnvironment": {"NOT_SET_ANYWHERE": {}}}))
    outcome = jobs.workspace_info({"workspace": str(shop)}, Mode(check=False, diff=False, verbosity=0), None, threading.Event())
    assert [found["name"] for found in outcome["environments"]] == ["dev", "prod"]


def test_what_needs_no_variables_must_ask_nothing_of_the_system_environment(shop):
    (shop / "apps/api/app.json").write_text(json.dumps({"systemEnvironment": {"NOT_SET_ANYWHERE": {}}}))
    options = {"workspace": str(shop), "instances": ["api"], "state": "started", "wait": False, "required": False}
    outcome = forwards.port_forward(options, Mode(check=True, diff=False, verbosity=0), lambda event: None, threading.Event())
    assert outcome["changed"] is True, "forwards that no document has would be closed"
