# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What documents say reaches the cluster as they mean it: null for charts, dependencies that may be absent, comparisons in paths."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import CLUSTER_TOOLS
from ansible_collections.roro.kube.plugins.module_utils._render import find_command
from ansible_collections.roro.kube.plugins.module_utils._workflow import config, up

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: "


def test_null_must_take_a_charts_own_value_out_of_what_is_live(site: Any) -> None:
    if find_command("helm") is None:
        CLUSTER_TOOLS.ensure("helm", lambda *_: None)
    site.write("apps/web/chart/Chart.yaml", {"apiVersion": "v2", "name": "web", "version": "0.1.0"})
    site.write("apps/web/chart/values.yaml", {"settings": {"kept": "chart", "gone": "chart"}})
    site.write("apps/web/chart/templates/a.yaml", CONFIG + "{{ .Values.settings | toJson }}\n")
    site.write("apps/web/app.json", {"manifests": {"path": "chart"}})
    site.up()
    assert site.get("v1", "ConfigMap", "settings")["data"] == {"kept": "chart", "gone": "chart"}
    site.write("environments/dev/environment.json", {"variables": {"settings": {"gone": None}}})

    predicted = site.check()
    done = site.up()

    causes = [[action.cause for item in run.instances for action in item.actions] for run in (predicted, done)]
    assert causes[0] == causes[1] != []
    assert site.get("v1", "ConfigMap", "settings")["data"] == {"kept": "chart"}
    assert not site.up().changed


def test_a_dependency_that_may_be_absent_must_be_told_and_not_stop_the_run(site: Any) -> None:
    site.write("apps/api/manifests/a.yaml", CONFIG + "{a: b}\n")
    site.write("apps/api/app.json", {"dependsOn": {"cahce": {"condition": "started", "required": False}}})
    site.write("apps/cache/app.json", {})
    site.write("apps/cache/manifests/a.yaml", CONFIG.replace("settings", "cache") + "{a: b}\n")
    told = 'api goes on without cahce: it is optional and not in this workspace (did you mean "cache"?)'

    assert config(site.request).selection.notices == (told,)
    assert {item.status for item in site.up().instances} == {"Running"}


def test_true_must_not_be_greater_than_a_number_in_a_value_of_the_cluster(site: Any, cluster: Any, namespace: str) -> None:
    spec = {"publishNotReadyAddresses": True, "clusterIP": "None", "ports": [{"port": 80}]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "odd", "namespace": namespace}, "spec": spec}
    cluster.create(cluster.resource("v1", "Service"), service)
    resource = {"apiVersion": "v1", "kind": "Service", "name": "odd", "namespace": namespace}
    paths = {"more": "$[?@.publishNotReadyAddresses > 0].clusterIP", "is": "$[?@.publishNotReadyAddresses == true].clusterIP"}
    values = {name: {"resource": resource, "path": path, "default": "nothing"} for name, path in paths.items()}
    site.write("apps/api/app.json", {"values": {f"{name}Found": value for name, value in values.items()}})
    site.write("apps/api/manifests/a.yaml.j2", CONFIG + "{more: '{{ moreFound }}', is: '{{ isFound }}'}\n")

    site.up()

    assert site.get("v1", "ConfigMap", "settings")["data"] == {"more": "nothing", "is": "None"}


def test_a_kubeconfig_of_a_document_that_is_not_there_must_be_a_wrong_document(site: Any) -> None:
    site.write("apps/api/app.json", {})
    site.write("apps/api/manifests/a.yaml", CONFIG + "{a: b}\n")
    site.write("environments/dev/environment.json", {"kubeconfig": "gone.yaml"})

    with pytest.raises(RoroError) as caught:
        up(replace(site.request, connection=type(site.request.connection)()))

    assert caught.value.exit_code == 2
    assert caught.value.problems[0].where == "environments/dev/environment.json:1:2"
