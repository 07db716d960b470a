# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions in AWX or the Automation Controller: observe, plan, execute, for organizations, projects, templates, surveys and the rest.

May import the foundation. Third-party: urllib3, PyYAML.

Front door:
    find_address(options, environment) -> Address            where AWX is, and who asks
    read_definitions(definitions, ...) -> tuple[Item, ...]   what people write, checked
    bring(address, items, wishes, cancel, tell) -> Report    compare, and write what differs
    import_file(items) -> dict                               the same definitions for `awx import`
    survey(options) -> dict                                  a survey out of an `argument_specs` entry
"""

from __future__ import annotations

from .address import Address, find_address
from .bring import Report, Wishes, bring
from .definitions import Item, Ref, read_definitions
from .import_file import import_file
from .surveys import survey

__all__ = ["Address", "Item", "Ref", "Report", "Wishes", "bring", "find_address", "import_file", "read_definitions", "survey"]
