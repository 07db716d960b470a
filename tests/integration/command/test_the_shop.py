"""The example workspace really works: orders go from the front to the database, and outlive the database's pod."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from command_workspace import Workspace

TOP = Path(__file__).parents[3]
INSTANCES = {"db", "cache", "migrate", "api", "web", "api-blue", "web-blue"}


def prove(shop: Workspace, *more: str) -> str:
    """What examples/shop/prove says through the forward that `up` opened, once it has proven it."""
    opened = shop.roro("open", "dev", "web", "--print")
    assert opened.code == 0, opened.told
    asked = [TOP / "examples" / "shop" / "prove", opened.stdout.strip(), *more]
    ran = subprocess.run(asked, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def _any_free_port(environment: dict[str, Any]) -> None:
    """The shop's own 8080 may be somebody else's on this machine."""
    for instance in environment["instances"]:
        for forward in instance.get("forwards", []):
            forward["localPort"] = "auto"


def test_the_shop_must_come_up_serve_orders_and_keep_them(
    make_workspace: Callable[[Path], Workspace], cluster: Cluster, eventually: Callable[..., object]
) -> None:
    shop = make_workspace(TOP / "examples" / "shop")
    shop.edit("environments/dev/environment.json", _any_free_port)
    up = shop.roro("up", "dev", "--output", "json")
    assert up.code == 0, up.told
    assert {item["instance"]: item["status"] for item in up.document["instances"]} == dict.fromkeys(INSTANCES, "Running")
    order = re.search(r"^order\s+(\d+):", prove(shop), re.M)
    assert order is not None

    pods = cluster.resource("v1", "Pod")
    before = cluster.get(pods, shop.namespace, "db-0")
    assert before is not None
    cluster.delete(pods, shop.namespace, "db-0")

    def is_back() -> bool:
        pod = cluster.get(pods, shop.namespace, "db-0")
        conditions = (pod or {}).get("status", {}).get("conditions", [])
        ready = any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
        return pod is not None and pod["metadata"]["uid"] != before["metadata"]["uid"] and ready

    eventually(is_back, deadline=240)
    assert f"read back {order[1]}:" in prove(shop, "--order", order[1], "--wait", "120")

    again = shop.roro("up", "dev", "--output", "json")
    assert again.code == 0, again.told
    assert again.document["changed"] is False
    ps = shop.roro("ps", "dev", "--output", "json")
    assert {item["instance"]: item["status"] for item in ps.document["instances"]} == dict.fromkeys(INSTANCES, "Running"), ps.told
    down = shop.roro("down", "dev", "--volumes")
    assert down.code == 0, down.told
    assert shop.footprint.objects() == {}
