# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's place in the machine's network: a numbered link to a namespace, three address ranges, and a handful of packet rules.

Everything else (pod links, kube-proxy's rules, node ports) lives inside the namespace and goes with it. The link's name is the
claim on the number: the kernel refuses a second link of that name, whoever asks.
"""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .._errors import LocalClusterError
from .._state import lock_within
from .commands import find, run, succeeds
from .waiting import wait_until

NETWORKS = 200
LOCK_SECONDS = 60.0
"""That another process may take to make its link."""
NODE_LINK = "eth0"
IP_FORWARD = Path("/proc/sys/net/ipv4/ip_forward")


@dataclass(frozen=True)
class ClusterNetwork:
    """Addresses of the cluster number `number` (0 to 199)."""

    number: int

    @property
    def unit(self) -> str:
        """Name of what the cluster has in the machine at large: link, cgroup, comment of the packet rules."""
        return f"roro{self.number}"

    @property
    def peer(self) -> str:
        """Name of the link's other end until it is in the node."""
        return f"{self.unit}p"

    @property
    def link(self) -> ipaddress.IPv4Network:
        """The link between machine (.1) and node (.2)."""
        return ipaddress.IPv4Network(f"10.245.{self.number}.0/30")

    @property
    def pods(self) -> ipaddress.IPv4Network:
        """Pods of the real node."""
        return ipaddress.IPv4Network(f"10.244.{self.number}.0/24")

    @property
    def services(self) -> ipaddress.IPv4Network:
        """Service addresses, 4,094 of them."""
        return ipaddress.IPv4Network((int(ipaddress.IPv4Address("10.112.0.0")) + self.number * 4096, 20))

    @property
    def host(self) -> str:
        """The machine's address on the link."""
        return str(self.link[1])

    @property
    def node(self) -> str:
        """The node's address: API server, kubelet, DNS."""
        return str(self.link[2])

    @property
    def kubernetes_service(self) -> str:
        """Address of the Service default/kubernetes."""
        return str(self.services[1])

    @property
    def dns_service(self) -> str:
        """Address of the Service kube-system/kube-dns."""
        return str(self.services[10])

    def ranges(self) -> tuple[ipaddress.IPv4Network, ...]:
        """All that is routed to the cluster."""
        return (self.link, self.pods, self.services)


def choose_network(used: Iterable[int], routes: Iterable[ipaddress.IPv4Network], links: Iterable[str]) -> ClusterNetwork:
    """The first number that no known cluster has, no route of the machine overlaps and no link is named after."""
    taken, names, routed = set(used), set(links), [route for route in routes if route.prefixlen > 0]
    for number in range(NETWORKS):
        network = ClusterNetwork(number)
        if number in taken or network.unit in names:
            continue
        if not any(route.overlaps(part) for route in routed for part in network.ranges()):
            return network
    raise LocalClusterError(
        "no free address range for a cluster: 10.244.0.0/16, 10.245.0.0/16 and 10.112.0.0/12 are all in use on this machine",
        hint="See `ip route`; `roro cluster status` lists the clusters that can be taken down.",
    )


def machine_routes() -> list[ipaddress.IPv4Network]:
    """What this machine already routes somewhere."""
    found = []
    for route in json.loads(run(["ip", "-j", "-4", "route", "show", "table", "all"]) or "[]"):
        try:
            found.append(ipaddress.IPv4Network(route["dst"].replace("default", "0.0.0.0/0"), strict=False))
        except (KeyError, ValueError):
            continue
    return found


def machine_links() -> list[str]:
    """Names of the machine's links."""
    return [path.name for path in Path("/sys/class/net").iterdir()]


def claim_network(used: Iterable[int]) -> ClusterNetwork:
    """Choose a number and make its link, so that nobody else takes it; one run at a time on the whole machine."""
    handle = os.open("/run", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if not lock_within(handle, LOCK_SECONDS):
            raise LocalClusterError(
                f"another run has held the lock of networks for {LOCK_SECONDS:g} s", where="/run", hint="Run this again."
            )
        network = choose_network(used, machine_routes(), machine_links())
        _make_link(network)
        return network
    finally:
        os.close(handle)


def _make_link(network: ClusterNetwork) -> None:
    run(["ip", "link", "add", network.unit, "type", "veth", "peer", "name", network.peer])


def connect(network: ClusterNetwork, node_pid: int) -> bool:
    """Link the namespace of process `node_pid` with the machine; True when there was something to do.

    Raises LocalClusterError when the number was taken by somebody else meanwhile.
    """
    if _linked(network, node_pid):
        return False
    if network.unit not in machine_links():
        _make_link(network)
    if network.peer in machine_links():
        run(["ip", "link", "set", network.peer, "netns", str(node_pid), "name", NODE_LINK])
    if not _leads_to(network, node_pid):
        raise LocalClusterError(
            f"a link named {network.unit} is in the way",
            hint=f"`ip -d link show {network.unit}` tells more. If another cluster has it, take one of the two down and up again.",
        )
    inside = _inside(node_pid)
    for words in (
        ["ip", "address", "replace", f"{network.host}/30", "dev", network.unit],
        ["ip", "link", "set", network.unit, "up"],
        [*inside, "ip", "link", "set", "lo", "up"],
        [*inside, "ip", "address", "replace", f"{network.node}/30", "dev", NODE_LINK],
        [*inside, "ip", "link", "set", NODE_LINK, "up"],
        [*inside, "ip", "route", "replace", "default", "via", network.host],
        ["ip", "route", "replace", str(network.pods), "via", network.node],
        ["ip", "route", "replace", str(network.services), "via", network.node],
    ):
        run(words)
    return True


def _inside(node_pid: int) -> list[str]:
    return ["nsenter", "--target", str(node_pid), "--net", "--"]


def _linked(network: ClusterNetwork, node_pid: int) -> bool:
    """Whether machine and node both have the link's address and the routes."""
    node = run([*_inside(node_pid), "ip", "-j", "-4", "address", "show"])
    if network.node not in node or network.unit not in machine_links():
        return False
    return set(network.ranges()) <= {route for route in machine_routes() if route.prefixlen > 0}


def _leads_to(network: ClusterNetwork, node_pid: int) -> bool:
    """Whether the other end of the link is in the node."""
    links = json.loads(run([*_inside(node_pid), "ip", "-j", "link", "show"]) or "[]")
    index = int((Path("/sys/class/net") / network.unit / "ifindex").read_text())
    return any(link["ifname"] == NODE_LINK and link.get("link_index") == index for link in links)


def disconnect(network: ClusterNetwork) -> bool:
    """Remove the link and its routes; True when it was there."""
    if network.unit not in machine_links():
        return False
    # The kernel may be removing it already, because the namespace at its other end has gone.
    succeeds(["ip", "link", "delete", network.unit])
    if not wait_until(lambda: network.unit not in machine_links(), 10):
        raise LocalClusterError(
            f"the link {network.unit} cannot be removed", hint=f"Try `ip link delete {network.unit}` and see what it says."
        )
    return True


def packet_rules(network: ClusterNetwork) -> list[list[str]]:
    """What the machine's packet filter needs for the cluster: let its traffic through, and lend it the machine's address."""
    mark = ["-m", "comment", "--comment", network.unit]
    return [
        ["-t", "nat", "POSTROUTING", "-s", str(network.link), "!", "-o", network.unit, *mark, "-j", "MASQUERADE"],
        ["-t", "filter", "FORWARD", "-i", network.unit, *mark, "-j", "ACCEPT"],
        ["-t", "filter", "FORWARD", "-o", network.unit, *mark, "-j", "ACCEPT"],
    ]


def allow(network: ClusterNetwork) -> bool:
    """Put the rules in and switch forwarding on; True when something was missing."""
    changed = False
    for table, name, chain, *rule in packet_rules(network):
        if not succeeds([iptables(), "-w", table, name, "-C", chain, *rule]):
            run([iptables(), "-w", table, name, "-I", chain, *rule])
            changed = True
    if IP_FORWARD.read_text().strip() != "1":
        IP_FORWARD.write_text("1\n")
        changed = True
    return changed


def disallow(network: ClusterNetwork) -> None:
    """Take the rules out."""
    if find("iptables") is None:
        return
    for table, name, chain, *rule in packet_rules(network):
        while succeeds([iptables(), "-w", table, name, "-D", chain, *rule]):
            pass


def iptables() -> str:
    """The iptables that works with this kernel: Debian's default speaks nftables, which a small kernel may lack."""
    for command in ("iptables", "iptables-legacy"):
        if find(command) is not None and succeeds([command, "-w", "-t", "nat", "-S"]):
            return command
    raise LocalClusterError(
        "iptables does not work here",
        hint="`iptables -t nat -S` tells why. Root is needed; in a container also the capability NET_ADMIN.",
    )
