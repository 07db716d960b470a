# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that Ansible's templates know and those of a workspace do not, each with the way that there is instead. Pure data."""

from __future__ import annotations

from collections.abc import Collection

_LOOKUP = (
    "Templates of a workspace have no lookups. For the cluster: `values` of the app (docs/variables.md); for the system environment: "
    "`systemEnvironment`; for a file of the app: `include`; for anything else look it up in the playbook and pass it in `roro_variables`."
)
_OMIT = "Leave the line out instead: `{% if name is defined %}key: {{ name }}{% endif %}`."
_FACTS = "Only the workspace's variables are seen. Pass it from the playbook: `roro_variables: {name: ...}`."
_PATTERN = "There are no regular expressions, as nothing bounds their time: use `replace`, `split`, `startswith`, `in`."
_NAMES = {
    **dict.fromkeys(("lookup", "query", "q"), _LOOKUP),
    "omit": _OMIT,
    **dict.fromkeys(("hostvars", "groups", "group_names", "vars", "playbook_dir", "role_path", "inventory_dir"), _FACTS),
    **dict.fromkeys(("inventory_hostname", "inventory_hostname_short", "play_hosts"), _FACTS),
    "now": "The time would change something at each `up`. Pass it as a variable where it is wanted: `--var at=...`.",
    "undef": "Use the variable: one that is not defined is an error.",
}
_FILTERS = {
    **dict.fromkeys(("regex_replace", "regex_search", "regex_findall", "regex_escape", "match", "search", "regex"), _PATTERN),
    **dict.fromkeys(("random", "shuffle", "random_mac", "to_uuid"), "It would change something at each `up`: pass the text as a variable."),
    "password_hash": "It gives another text at each `up`: pass the hash as a variable, `roro_secret_variables` hides it.",
    **dict.fromkeys(("vault", "unvault"), "Decrypt it in the playbook, and pass it in `roro_secret_variables`."),
    "json_query": "Use `selectattr`, `map` and `first`; what is in the cluster is read by a path in `values` (docs/variables.md).",
}


def way_out_of_name(name: str) -> str | None:
    """What to do instead of a variable or function of Ansible; None for any other name."""
    return _FACTS if name.startswith("ansible_") else _NAMES.get(name)


def way_out_of_filter(name: str, known: Collection[str]) -> str | None:
    """What to do instead of a filter or test of Ansible, or one that is called by the name of its collection; None for any other."""
    collection, _dot, short = name.rpartition(".")
    if collection and short in known:
        return f"Write `{short}`: filters and tests have no names of collections here."
    found = _FILTERS.get(short)
    if found is None and collection:
        return f"Filters and tests of {collection} are not there; docs/templates.md lists those that are."
    return found
