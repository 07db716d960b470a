"""The project of a job, and what AWX lays beside it: inventory, extra variables, credentials."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from container_group import TOP

RBAC = "rbac.authorization.k8s.io"
RIGHTS = TOP / "execution-environment" / "rights.yaml"
BOX = "docker.io/library/roro-box:1"


@dataclass
class Project:
    """A workspace of one app, `web`, with the playbooks of examples/awx. kubeconfig: of an administrator of the apps' cluster."""

    cluster: Cluster
    kubeconfig: Path
    namespace: str
    folder: Path
    token: str = field(default="", repr=False)

    def write(self, mode: str = "1", *, ready: bool = True) -> None:
        """The documents. mode: `data.mode` of the ConfigMap `settings`. ready: whether the Deployment can ever be."""
        git = {"url": f"https://git.example.com/{self.namespace}.git"}  # a job's copy has no .git: this says that it is the same workspace
        self._file("shop/workspace.json", json.dumps({"version": 1, "name": self.namespace, "namespace": self.namespace, "git": git}))
        self._file("shop/apps/web/app.json", "{}")
        self._file("shop/environments/dev/environment.json", "{}")
        probe = {"exec": {"command": ["true" if ready else "false"]}, "periodSeconds": 1}
        container = {"name": "main", "image": BOX, "imagePullPolicy": "Never", "readinessProbe": probe}
        labels = {"app": "web"}
        pod = {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]}}
        objects = [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"mode": mode}},
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": labels, "ports": [{"port": 80}]}},
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "web"},
                "spec": {"selector": {"matchLabels": labels}, "template": pod},
            },
        ]
        self._file("shop/apps/web/manifests/all.yaml", "\n---\n".join(map(json.dumps, objects)))
        shutil.copytree(TOP / "examples" / "awx" / "playbooks", self.folder / "playbooks", dirs_exist_ok=True)

    def _file(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def give_rights(self) -> None:
        """The account of rights.yaml with its Role there, and a token for it."""
        account, role = yaml.safe_load_all(RIGHTS.read_text())
        binding = {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "roro"},
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "roro"},
            "subjects": [{"kind": "ServiceAccount", "name": "roro", "namespace": self.namespace}],
        }
        for obj in (account, role, binding):
            obj["metadata"]["namespace"] = self.namespace
            self.cluster.create(self.cluster.resource(obj["apiVersion"], obj["kind"]), obj)
        path = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/roro/token"
        wanted = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
        self.token = self.cluster.request("POST", path, body=wanted)["status"]["token"]

    def private_data(self, **variables: Any) -> Path:
        """The directory that AWX makes for a job, with the credential as a file below env/."""
        made = self.folder.parent / "private_data"
        shutil.rmtree(made, ignore_errors=True)
        shutil.copytree(self.folder, made / "project")
        (made / "inventory").mkdir()
        (made / "env").mkdir(mode=0o700)
        host = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}
        host |= {"roro_workspace": "/runner/project/shop", "roro_environment": "dev"}
        groups = {"roro_environments": {"hosts": {"shop-dev": host}}}
        (made / "inventory" / "hosts.yml").write_text(yaml.safe_dump(groups))
        document = yaml.safe_load(self.kubeconfig.read_text())
        current = next(item["context"] for item in document["contexts"] if item["name"] == document["current-context"])
        document["users"] = [{"name": current["user"], "user": {"token": self.token}}]
        credential = made / "env" / "tmp_credential"
        credential.write_text(yaml.safe_dump(document))
        credential.chmod(0o600)
        (made / "env" / "envvars").write_text(json.dumps({"K8S_AUTH_KUBECONFIG": "/runner/env/tmp_credential"}))
        check = variables.pop("check", False)
        (made / "env" / "cmdline").write_text("--check --diff" if check else "")
        given = {"roro_timeout": "60s", **variables}
        (made / "env" / "extravars").write_text(json.dumps(given))
        return made

    def mode(self) -> str | None:
        """`data.mode` of the ConfigMap in the cluster; None when it is not there."""
        found = self.cluster.get(self.cluster.resource("v1", "ConfigMap"), self.namespace, "settings")
        return str(found["data"]["mode"]) if found else None

    def locks(self) -> list[str]:
        """Who holds a lock."""
        found = self.cluster.list(self.cluster.resource("coordination.k8s.io/v1", "Lease"), self.namespace).items
        return [lease["spec"].get("holderIdentity", "") for lease in found]
