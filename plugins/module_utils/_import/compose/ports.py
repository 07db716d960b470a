# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`127.0.0.1:8080-8081:80-81/udp` -> one port after the other, as Compose takes it apart. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
MAX_PORTS = 2000


def short_port(text: str) -> list[dict[str, Any]]:
    """The ports of a short form, in Compose's own order. Raises ValueError."""
    address, host, container = _parts(text)
    number, _, protocol = container.partition("/")
    protocol = protocol.partition("/")[0].lower() or "tcp"
    if protocol not in ("tcp", "udp", "sctp"):
        raise ValueError(f"{protocol} is none of tcp, udp and sctp")
    if not number:
        raise ValueError("the port of the container is missing")
    first, last = _range(number)
    if first == 0:
        raise ValueError("a container has no port 0")
    published = _range(host) if host else None
    if published and last - first != published[1] - published[0] and last != first:
        raise ValueError("the two ranges do not have the same length")
    found = []
    for step in range(last - first + 1):
        port: dict[str, Any] = {"mode": "ingress"}
        if address:
            port["host_ip"] = address
        port["target"] = first + step
        if published:
            low = str(published[0] + step)
            port["published"] = f"{low}-{published[1]}" if first == last and published[0] != published[1] else low
        port["protocol"] = protocol
        found.append(port)
    return sorted(found, key=lambda port: f"{port['target']}/{port['protocol']}")


def _parts(text: str) -> tuple[str, str, str]:
    parts = text.split(":")
    address = ":".join(parts[:-2])
    if address.startswith("[") != address.endswith("]") or (":" in address and not address.startswith("[")):
        raise ValueError(f"{address} is no address; one of IPv6 stands in brackets")
    address = address.strip("[]")
    if address and not is_address(address):
        raise ValueError(f"{address} is no address")
    return address, parts[-2] if len(parts) > 1 else "", parts[-1]


def is_address(text: str) -> bool:
    """Whether it is an address of IPv4 or IPv6."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _range(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    if not match:
        raise ValueError(f"{text} is no port")
    first, last = int(match.group(1)), int(match.group(2) or match.group(1))
    if first > last or last > 65535:
        raise ValueError(f"{text} is no port, or range of ports, up to 65535")
    if last - first >= MAX_PORTS:
        raise ValueError(f"{text} is a range of more than {MAX_PORTS} ports")
    return first, last
