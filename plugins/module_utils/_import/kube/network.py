# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a service is reached: a Service of its name, more for its other names, forwards for its published ports. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from .app import App
from .names import is_host, label, port_name

MAX_PORTS = 100


def ports(app: App) -> list[dict[str, Any]]:
    """Ports of the Service: those that are published and those that are exposed, each once, with a name."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for port in app.said.get("ports") or ():
        at = (int(port.get("target") or 0), str(port.get("protocol") or "tcp").lower())
        entry = found.setdefault(at, {"said": port.get("name") or ""})
        if port.get("app_protocol"):
            entry["appProtocol"] = port["app_protocol"]
    for text in app.said.get("expose") or ():
        for at in _exposed(app, str(text)):
            found.setdefault(at, {"said": ""})
    made: list[dict[str, Any]] = []
    taken: set[str] = set()
    for (number, protocol), entry in found.items():
        if not 0 < number < 65536 or len(made) >= MAX_PORTS:
            app.tell("ports", f"the port {number} is left out: a Service has at most {MAX_PORTS}, from 1 to 65535")
            continue
        name = port_name(entry.pop("said") or f"{protocol}-{number}")
        name = name if name not in taken else port_name(f"{protocol}-{number}")
        taken.add(name)
        made.append({"name": name, "port": number, "targetPort": number, "protocol": protocol.upper(), **entry})
    return made


def _exposed(app: App, text: str) -> list[tuple[int, str]]:
    match = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?(?:/(tcp|udp|sctp))?", text.strip().lower())
    if match is None:
        app.tell(("expose", text), f"{text} is no port")
        return []
    first, last = int(match.group(1)), int(match.group(2) or match.group(1))
    return [(number, match.group(3) or "tcp") for number in range(first, min(last, first + MAX_PORTS) + 1)]


def services(app: App, open_ports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The Service of the app and one for each other name that nothing else has."""
    names = app.shared.hosts
    headless = not open_ports or (app.said.get("deploy") or {}).get("endpoint_mode") == "dnsrr"
    spec: dict[str, Any] = {"selector": app.selector()}
    if headless:
        spec["clusterIP"] = "None"
    if open_ports:
        spec["ports"] = open_ports
    found = [_service(app.instance, spec)]
    for name, key in _other_names(app):
        plain = label(name, 63)
        if plain == app.name or (plain in names and plain in {each["metadata"]["name"] for each in found}):
            continue
        if not is_host(plain) or plain in names:
            app.tell(key, f'the name "{name}" is taken already, or is no name of a Service', f"call it {app.name}")
            continue
        if plain != name:
            app.tell(key, f'"{name}" is no name of a Service: it is reached as {plain}', lost=False)
        names.add(plain)
        found.append(_service(plain, spec))
    return found


def _service(name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": dict(spec)}


def _other_names(app: App) -> list[tuple[str, tuple[Any, ...]]]:
    """Names that containers of the project reach it by, besides its own, with where they are said."""
    found: list[tuple[str, tuple[Any, ...]]] = [(str(app.said[key]), (key,)) for key in ("container_name", "hostname") if app.said.get(key)]
    for network, how in (app.said.get("networks") or {}).items():
        found += [(alias, ("networks", network, "aliases")) for alias in (how or {}).get("aliases") or ()]
    own = app.path[1]
    for other in (app.project.model.get("services") or {}).values():
        for link in other.get("links") or ():
            name, _, alias = link.partition(":")
            if name == own and alias and alias != own:
                found.append((alias, ()))
    return found


def forwards(app: App, open_ports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`forwards` of app.json: from the published port of this machine to the Service."""
    found: list[dict[str, Any]] = []
    names = {(port["port"], port["protocol"].lower()): port["name"] for port in open_ports}
    taken: set[str] = set()
    for port in app.said.get("ports") or ():
        number, protocol = int(port.get("target") or 0), str(port.get("protocol") or "tcp").lower()
        if (number, protocol) not in names:
            continue
        if protocol != "tcp":
            app.tell(("ports", str(number)), f"{number}/{protocol} is in the Service and has no forward: Kubernetes forwards only TCP")
            continue
        published = str(port.get("published") or "")
        name = names[number, protocol] if names[number, protocol] not in taken else port_name(f"tcp-{published or number}")
        suffix = 2
        while name in taken:
            name, suffix = f"tcp-{number}-{suffix}", suffix + 1
        taken.add(name)
        local: Any = int(published) if published.isdigit() and 0 < int(published) < 65536 else "auto"
        if local in app.shared.local_ports:
            app.tell(("ports", str(number)), f"another service publishes {local} too: this one gets a free port", lost=False)
            local = "auto"
        elif local != "auto":
            app.shared.local_ports.add(local)
        forward = {"name": name, "target": "service/{{ instance }}", "port": number, "localPort": local}
        address = port.get("host_ip")
        if address and not _local(address):
            forward["bind"] = address
        found.append(forward)
    return found


def _local(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def pod_network(app: App) -> dict[str, Any]:
    """Names and servers of names of the pod."""
    found: dict[str, Any] = {}
    said = app.said
    if said.get("hostname"):
        found["hostname"] = label(str(said["hostname"]), 63)
    aliases: dict[str, list[str]] = {}
    for host, addresses in (said.get("extra_hosts") or {}).items():
        for address in addresses:
            if address == "host-gateway":
                app.tell(
                    ("extra_hosts", host),
                    f"{host} has no address: a pod has no way to the machine of whoever runs roro",
                    "what runs there has to be reached by its own address",
                )
            elif _is_address(address):
                aliases.setdefault(address, []).append(host)
            else:
                app.tell(("extra_hosts", host), f"{address} is no address")
    if aliases:
        found["hostAliases"] = [{"ip": address, "hostnames": hosts} for address, hosts in aliases.items()]
    dns: dict[str, Any] = {}
    if said.get("dns"):
        dns["nameservers"] = [server for server in said["dns"] if _is_address(server)][:3]
    if said.get("dns_search"):
        dns["searches"] = list(said["dns_search"])
    if said.get("dns_opt"):
        pairs = [option.partition(":") for option in said["dns_opt"]]
        dns["options"] = [{"name": name, "value": value} if value else {"name": name} for name, _sign, value in pairs]
    if dns:
        found["dnsConfig"] = dns
    return found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
