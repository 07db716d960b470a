# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few requests that make a bare API server a usable cluster, before anybody else talks to it.

Everything that is put on a cluster for a person goes through `_cluster`; this client knows only what this room itself installs.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import tempfile
import urllib.parse
from pathlib import Path
from typing import Any

import yaml

from .._errors import LocalClusterError

FIELD_MANAGER = "roro-local-cluster"
TIMEOUT = 15.0

COLLECTIONS = {
    ("v1", "Node"): "/api/v1/nodes",
    ("v1", "Service"): "/api/v1/namespaces/{namespace}/services",
    ("discovery.k8s.io/v1", "EndpointSlice"): "/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
    ("storage.k8s.io/v1", "StorageClass"): "/apis/storage.k8s.io/v1/storageclasses",
    ("apiregistration.k8s.io/v1", "APIService"): "/apis/apiregistration.k8s.io/v1/apiservices",
}


class Api:
    """One API server, by the kubeconfig of an administrator. Connections are kept; not for use by several threads."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig
        self._connection: http.client.HTTPSConnection | None = None

    def request(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> tuple[int, Any]:
        """Status and decoded answer. Raises LocalClusterError when the server does not answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json", **({"Content-Type": content_type} if data is not None else {})}
        for attempt in (1, 2):
            try:
                connection = self._connected()
                connection.request(method, path, data, headers)
                answer = connection.getresponse()
                return answer.status, _decode(answer.read())
            except (OSError, http.client.HTTPException) as error:
                self.close()
                # A kept connection may have been closed by a server that was started anew.
                if attempt == 2:
                    raise LocalClusterError(
                        f"the cluster's API server does not answer: {error}", hint="Run `roro cluster up` to repair it."
                    ) from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Drop the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ready(self) -> bool:
        """Whether the server says that it is ready to serve."""
        try:
            return self.request("GET", "/readyz")[0] == 200
        except LocalClusterError:
            return False

    def get(self, path: str) -> Any:
        """The decoded object; None when it does not exist."""
        status, answer = self.request("GET", path)
        if status == 404:
            return None
        return _checked(status, answer, f"GET {path}")

    def apply(self, manifest: dict[str, Any]) -> bool:
        """Server-side apply; True when that changed or made the object (https://kubernetes.io/docs/reference/using-api/server-side-apply/)."""
        path = object_path(manifest)
        before = self.get(path)
        query = urllib.parse.urlencode({"fieldManager": FIELD_MANAGER, "force": "true"})
        status, after = self.request("PATCH", f"{path}?{query}", manifest, "application/apply-patch+yaml")
        _checked(status, after, f"apply {manifest['kind']} {manifest['metadata']['name']}")
        return before is None or before["metadata"]["resourceVersion"] != after["metadata"]["resourceVersion"]

    def create(self, manifest: dict[str, Any]) -> bool:
        """Create; False when it exists already."""
        status, answer = self.request("POST", object_path(manifest).rpartition("/")[0], manifest)
        if status == 409:
            return False
        _checked(status, answer, f"create {manifest['kind']} {manifest['metadata']['name']}")
        return True

    def delete(self, manifest: dict[str, Any]) -> bool:
        """Delete; False when it did not exist."""
        status, answer = self.request("DELETE", object_path(manifest))
        if status == 404:
            return False
        _checked(status, answer, f"delete {manifest['kind']} {manifest['metadata']['name']}")
        return True

    def version(self) -> str:
        """The server's version, such as v1.34.4."""
        return str((self.get("/version") or {}).get("gitVersion", ""))

    def nodes(self, selector: str = "") -> list[dict[str, Any]]:
        """Nodes that a label selector picks."""
        found: list[dict[str, Any]] = (self.get(f"/api/v1/nodes?{urllib.parse.urlencode({'labelSelector': selector})}") or {}).get(
            "items", []
        )
        return found

    def _connected(self) -> http.client.HTTPSConnection:
        if self._connection is None:
            server, context = _credentials(self._kubeconfig)
            self._connection = http.client.HTTPSConnection(server, context=context, timeout=TIMEOUT)
        return self._connection


def object_path(manifest: dict[str, Any]) -> str:
    """Path of an object of one of the kinds in COLLECTIONS."""
    metadata = manifest["metadata"]
    collection = COLLECTIONS[(manifest["apiVersion"], manifest["kind"])].format(namespace=metadata.get("namespace", ""))
    return f"{collection}/{metadata['name']}"


def has_condition(item: dict[str, Any], kind: str) -> bool:
    """Whether a status condition is True."""
    conditions = (item.get("status") or {}).get("conditions") or []
    return any(condition["type"] == kind and condition["status"] == "True" for condition in conditions)


def _credentials(kubeconfig: Path) -> tuple[str, ssl.SSLContext]:
    """Host and port, and TLS with the client certificate of the current context."""
    try:
        content = yaml.safe_load(kubeconfig.read_text())
        named = {section: {entry["name"]: entry for entry in content[section]} for section in ("contexts", "clusters", "users")}
        context = named["contexts"][content["current-context"]]["context"]
        cluster, user = named["clusters"][context["cluster"]]["cluster"], named["users"][context["user"]]["user"]
        tls = ssl.create_default_context(cadata=_value(cluster, "certificate-authority").decode())
        with tempfile.TemporaryDirectory() as scratch:
            pair = [Path(scratch) / name for name in ("client-certificate", "client-key")]
            for path in pair:
                path.touch(mode=0o600)
                path.write_bytes(_value(user, path.name))
            tls.load_cert_chain(str(pair[0]), str(pair[1]))
        return urllib.parse.urlsplit(cluster["server"]).netloc, tls
    except (OSError, KeyError, TypeError, ValueError, yaml.YAMLError, ssl.SSLError) as error:
        raise LocalClusterError(
            f"cannot use this kubeconfig: {error}", where=str(kubeconfig), hint="Take the cluster down and up again."
        ) from error


def _value(entry: dict[str, str], key: str) -> bytes:
    if f"{key}-data" in entry:
        return base64.b64decode(entry[f"{key}-data"])
    return Path(entry[key]).read_bytes()


def _decode(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")


def _checked(status: int, answer: Any, what: str) -> Any:
    if status >= 400:
        message = answer.get("message") if isinstance(answer, dict) else answer
        raise LocalClusterError(f"{what}: the API server answered {status}: {message}")
    return answer
