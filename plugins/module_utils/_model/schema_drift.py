# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the schema about drift: what differs between the documents and the cluster. Pure data."""

from __future__ import annotations

from .schema_parts import END, KIND, choice, many, record, ref, switch, text

_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_DAYS = f"{_DAY}(-{_DAY})?"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"

DRIFT = record(
    "What is done about differences between the documents and the cluster.",
    {
        "mode": choice(
            "report: they are told. propose: a plan is recorded, which `roro approve` runs. correct: they are mended.",
            "correct",
            "propose",
            "report",
            default="report",
        ),
        "ignore": many(ref("driftIgnore"), "Fields that may differ; the rules of every document count.", title="a list of rules"),
        "suspend": switch("true: nothing is changed, neither mended nor brought up by a commit.", False),
        "windows": many(
            ref("window"),
            "When something may be changed; else it is only told. Without any: always.",
            title="a list of windows",
        ),
    },
)
DRIFT_IGNORE = record(
    "Fields of objects that may differ.",
    {
        "kind": text("Kind, or Kind.group.", title="a kind such as Deployment or Deployment.apps", pattern=KIND),
        "name": text("Only the object of this name; computed variables may be used. Default: every object of the kind."),
        "path": text("JSONPath (RFC 9535) into the object.", title="a JSONPath that begins with $", pattern="^\\$"),
    },
    required=("kind", "path"),
)
WINDOW = record(
    "A span of the day in which something may be changed.",
    {
        "days": text(
            "The days on which it begins. Default: every day.",
            title='days such as "mon-fri" or "sat,sun"',
            pattern=f"^{_DAYS}(,{_DAYS})*{END}",
        ),
        "from": text("When it begins.", title='a time of the day such as "22:00"', pattern=f"^{_TIME}{END}"),
        "to": text(
            "When it ends; a time that is not after its beginning is on the next day.",
            title='a time of the day such as "06:00", or "24:00"',
            pattern=f"^({_TIME}|24:00){END}",
        ),
        "timezone": text("The time zone of its times. Default UTC.", title="a time zone such as Europe/Berlin"),
    },
    required=("from", "to"),
)
