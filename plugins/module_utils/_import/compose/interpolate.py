# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of a whole document: every text is replaced, and becomes a number or boolean where the specification wants one. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .rules import CONTAINERS, WORKLOADS, Rules, spread
from .substitution import Lookup, Missing, NotATemplate, substitute
from .wrong import Wrong


def _whole(text: str) -> int:
    if not re.fullmatch(r"[-+]?[0-9]{1,19}", text):
        raise ValueError(f'"{text}" is no whole number')
    return int(text)


def _float(text: str) -> float:
    try:
        return float(text)  # as Python does, Go takes 1_000
    except ValueError:
        raise ValueError(f'"{text}" is no number') from None


def as_boolean(text: str) -> bool:
    """A boolean that is written as a text. Raises ValueError."""
    if text.lower() in ("true", "y", "yes", "on"):
        return True
    if text.lower() in ("false", "n", "no", "off"):
        return False
    raise ValueError(f'"{text}" is neither true nor false')


_SINGLE = {
    **dict.fromkeys(("cpu_count", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares"), _whole),
    **dict.fromkeys(("oom_score_adj", "pids_limit", "ulimits.*", "ulimits.*.hard", "ulimits.*.soft"), _whole),
    **dict.fromkeys(("cpu_percent", "cpus"), _float),
    **dict.fromkeys(("init", "oom_kill_disable", "privileged", "read_only"), as_boolean),
    **dict.fromkeys(("volumes.[].read_only", "volumes.[].volume.nocopy"), as_boolean),
}
_WORKLOAD = {
    **dict.fromkeys(("depends_on.*.required", "depends_on.*.restart", "healthcheck.disable", "stdin_open", "tty"), as_boolean),
    **dict.fromkeys(("healthcheck.retries", "ports.[].target"), _whole),
}
_SERVICE = {
    **dict.fromkeys(("deploy.replicas", "deploy.restart_policy.max_attempts", "deploy.placement.max_replicas_per_node", "scale"), _whole),
    **dict.fromkeys(("deploy.update_config.parallelism", "deploy.rollback_config.parallelism"), _whole),
    **dict.fromkeys(("deploy.update_config.max_failure_ratio", "deploy.rollback_config.max_failure_ratio"), _float),
}
_RESOURCES = {f"networks.*.{name}": as_boolean for name in ("external", "internal", "attachable", "enable_ipv4", "enable_ipv6")}
_RESOURCES |= {f"{section}.*.external": as_boolean for section in ("volumes", "secrets", "configs")}
CASTS = Rules({**_RESOURCES, **spread(CONTAINERS, _SINGLE), **spread(WORKLOADS, _WORKLOAD), **spread(("services.*",), _SERVICE)})


MAX_REPLACED = 8 * 1024 * 1024
"""Characters that the texts with variables of one document become, all together: a few lines could fill the memory else."""


_BLANK = re.compile(r"\$(?:([_a-zA-Z][_a-zA-Z0-9]*)|\{([_a-zA-Z][_a-zA-Z0-9]*)\})")
"""A variable without a default."""


class Problems(list[Wrong]):
    """What cannot be replaced. blank: (variable, path) where one that is not set became an empty text. left: characters that may still
    come."""

    def __init__(self) -> None:
        super().__init__()
        self.blank: list[tuple[str, tuple[Any, ...]]] = []
        self.left = MAX_REPLACED


def interpolate(document: dict[str, Any], lookup: Lookup) -> tuple[dict[str, Any], Problems]:
    """The document with its variables replaced, and what cannot be. Raises Wrong for too much."""
    problems = Problems()
    return _replace(document, CASTS, lookup, (), problems), problems


def _replace(value: Any, rules: Rules | None, lookup: Lookup, path: tuple[Any, ...], problems: Problems) -> Any:
    if type(value) is str:
        cast: Callable[[str], Any] | None = rules.value if rules else None
        return value if "$" not in value and cast is None else _text(value, cast, lookup, path, problems)
    if isinstance(value, dict):
        return {key: _replace(item, rules and rules.down(key), lookup, (*path, key), problems) for key, item in value.items()}
    if isinstance(value, list):
        below = rules and rules.down("[]")
        return [_replace(item, below or None, lookup, (*path, number), problems) for number, item in enumerate(value)]
    return value


def _text(value: str, cast: Callable[[str], Any] | None, lookup: Lookup, path: tuple[Any, ...], problems: Problems) -> Any:
    try:
        text = substitute(value, lookup)
        names = [first or second for first, second in _BLANK.findall(value.replace("$$", ""))]
        problems.blank += [(name, path) for name in dict.fromkeys(names) if lookup(name) is None]
        problems.left -= len(text)
        if problems.left < 0:
            raise Wrong(f"the variables of this file stand for more than {MAX_REPLACED // 1024 // 1024} Mi characters", path)
        return text if cast is None else cast(text)
    except NotATemplate:
        problems.append(
            Wrong("a dollar that begins no variable", path, "write $$ for a dollar, ${NAME} or ${NAME:-default} for a variable")
        )
    except Missing as missing:
        why = f": {missing.why}" if missing.why else ""
        problems.append(
            Wrong(
                f"the variable {missing.name} is needed and not set{why}", path, f"set it: {missing.name}=... roro import ..., or in .env"
            )
        )
    except ValueError as error:
        problems.append(Wrong(str(error), path))
    return None
