"""What comes from a Secret shows nowhere, whatever the command."""

from __future__ import annotations

import base64
from typing import Any

SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  host: {{ dbHost | quote }}\n"


def host(scene: Any) -> str | None:
    found = scene.get("ConfigMap", "settings")
    return found and found["data"]["host"]


def test_a_secret_must_show_nowhere(databases: Any) -> None:
    old, new = "0ld-s3cr3t", "n3w-s3cr3t"
    databases.create("Secret", "db", data={"password": base64.b64encode(old.encode()).decode()})
    value = {"resource": {"apiVersion": "v1", "kind": "Secret", "name": "db"}, "path": "$.data.password"}
    text = SETTINGS.replace("{{ dbHost | quote }}", '"app:{{ password }}@db"') + "  broken: {{ broken }}\n"
    databases.app("api", {"settings.yaml.j2": text}, values={"password": value}, variables={"broken": "x", "url": "pg://{{ password }}@db"})
    assert not databases.up().failed
    assert host(databases) == f"app:{old}@db"
    databases.cluster.merge_patch(
        databases.cluster.resource("v1", "Secret"),
        databases.namespace,
        "db",
        {"data": {"password": base64.b64encode(new.encode()).decode()}},
    )
    told = []
    for command in (
        ["diff"],
        ["config", "--explain"],
        ["config", "--render"],
        ["up", "--diff", "-o", "json"],
    ):
        told.append(databases.run("roro", command[0], "dev", *command[1:]))
    told.append(databases.run("roro", "up", "dev", "--var", "broken={{ x"))
    assert [ran.returncode for ran in told[:-1]] == [0] * (len(told) - 1), [ran.stderr for ran in told]
    shown = "".join(ran.stdout + ran.stderr for ran in told)
    assert "s3cr3t" not in shown
    assert "data.host differs" in shown
    assert host(databases) == f"app:{new}@db"
