# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads inventories with Ansible's own manager, in a process of its own, as Ansible's loader changes how a process imports collections.

Each line of the standard input is a JSON list of sources, or {"parse": file} or {"verify": file} for the plugin alone; each line of the
standard output is what came of it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, inventory_loader
from ansible.utils.display import Display

PLUGIN = "roro.kube.environments"


def plain(value: Any) -> Any:
    """The value without Ansible's tags."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def answer(asked: Any, warnings: list[str]) -> Any:
    """Hosts with their variables, groups with their hosts and the warnings; or what the plugin says."""
    if isinstance(asked, dict) and "verify" in asked:
        return inventory_loader.get(PLUGIN).verify_file(asked["verify"])
    if isinstance(asked, dict):
        try:
            inventory_loader.get(PLUGIN).parse(InventoryData(), DataLoader(), asked["parse"])
        except AnsibleParserError as error:
            return str(error)
        return None
    manager = InventoryManager(loader=DataLoader(), sources=asked)
    hosts = {str(host.name): plain(host.vars) for host in manager.get_hosts()}
    groups = {str(name): sorted(map(str, members)) for name, members in manager.get_groups_dict().items()}
    return {"hosts": hosts, "groups": groups, "warnings": warnings}


def main() -> None:
    init_plugin_loader()
    for line in sys.stdin:
        warnings: list[str] = []
        Display.warning = lambda self, msg, *_, kept=warnings, **__: kept.append(str(msg))
        print(json.dumps(answer(json.loads(line), warnings)), flush=True)


if __name__ == "__main__":
    main()
