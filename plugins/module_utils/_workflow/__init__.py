# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that people ask for, from documents to result: up, down, rollback, status, history, diff, config.

Each loads the workspace, renders, connects and calls `_release`; the action plugins, the modules and the `roro` command all come
in here. May import every room.

Front door:
    up(request, sink, cancel) -> RunResult        down(request, sink, cancel) -> RunResult
    diff(request, sink) -> RunResult              status(request) -> StatusReport
    rollback(request, number, sink, cancel) -> RunResult                        history(request) -> HistoryReport
    stop, start, restart(request, sink, cancel) -> RunResult
    config(request) -> ConfigReport               render(request) -> (Selection, rendered instances)    load(request) -> Selection
    open_forwards, close_forwards(request) -> ForwardReport                     forwards_of(request) -> statuses
    forward_target(target, ports) -> specs        start_, stop_, remove_forwards -> ForwardReport, for forwards made by hand
    watch_health(request, selection), end_health(request, forget) -> HealthReport     health_of(request) -> statuses
    lint(request) -> LintReport                   unread_variables(selection, given) -> what was given and nobody reads
    watch_status(request, stop) -> StatusWatch    the status again with each change; same_news(one, other)
    events(request) -> EventsReport               open_events(request) -> OpenEvents, to follow them    read_since(text): its --since
    logs(request, query, make_shaper, write, tell, stop, since=...) -> LogOutcome
    deployed(request, tell) -> Deployed           one instance while the connection is open: its pods, and the container of a command
    make_one_off(deployed, wanted, workload) -> OneOffPod                       a pod for one command, after an instance's workload
    usage(request, tell) -> UsageReport           processor and memory of the instances' pods
    inventory(connection, environment, root, namespace) -> InventoryReport      what is deployed on a cluster, by whom
    find_value(connection, source, stop) -> FoundValue                          one value of one resource
    build(request, options, deliver, tell, notice) -> BuildReport              images, built and brought to where they are needed
    result_record(result), diff_records(result)   results as plain records
    failure_lines(instance), untold_warnings(instance)   what stands behind the message of one that failed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazily import lazily
from .choose_cluster import choose_cluster

if TYPE_CHECKING:
    from .building import BuildReport, build
    from .commands_inside import Deployed, deployed
    from .event_reading import EventsReport, OpenEvents, events, open_events
    from .explain import Explained, Variables
    from .forwards import (
        ForwardReport,
        close_forwards,
        forward_target,
        forwards_of,
        open_forwards,
        remove_forwards,
        start_forwards,
        stop_forwards,
    )
    from .health import HealthReport, end_health, health_of, watch_health
    from .inventory_reading import InventoryReport, inventory
    from .jobs import (
        ConfigReport,
        config,
        diff,
        down,
        render,
        restart,
        rollback,
        start,
        stop,
        up,
    )
    from .linting import LintReport, lint
    from .loading import load
    from .log_reading import logs
    from .one_off import OneOffPod, make_one_off
    from .rendering import Rendered
    from .reports import HistoryReport, StatusReport, history, status
    from .request import Request
    from .result_records import diff_records, failure_lines, result_record, untold_warnings
    from .since import read_since
    from .status_watch import StatusNews, StatusWatch, same_news, watch_status
    from .usage_reading import ContainerUsage, UsageReport, usage
    from .values import FoundValue, find_value
    from .variables_nobody_reads import unread_variables

__all__ = [
    "BuildReport",
    "ConfigReport",
    "ContainerUsage",
    "Deployed",
    "EventsReport",
    "Explained",
    "ForwardReport",
    "FoundValue",
    "HealthReport",
    "HistoryReport",
    "InventoryReport",
    "LintReport",
    "OneOffPod",
    "OpenEvents",
    "Rendered",
    "Request",
    "StatusNews",
    "StatusReport",
    "StatusWatch",
    "UsageReport",
    "Variables",
    "build",
    "choose_cluster",
    "close_forwards",
    "config",
    "deployed",
    "diff",
    "diff_records",
    "down",
    "end_health",
    "events",
    "failure_lines",
    "find_value",
    "forward_target",
    "forwards_of",
    "health_of",
    "history",
    "inventory",
    "lint",
    "load",
    "logs",
    "make_one_off",
    "open_events",
    "open_forwards",
    "read_since",
    "remove_forwards",
    "render",
    "restart",
    "result_record",
    "rollback",
    "same_news",
    "start",
    "start_forwards",
    "status",
    "stop",
    "stop_forwards",
    "unread_variables",
    "untold_warnings",
    "up",
    "usage",
    "watch_health",
    "watch_status",
]

_FILES = {
    "building": ("BuildReport", "build"),
    "event_reading": ("EventsReport", "OpenEvents", "events", "open_events"),
    "explain": ("Explained", "Variables"),
    "forwards": (
        "ForwardReport",
        "close_forwards",
        "forward_target",
        "forwards_of",
        "open_forwards",
        "remove_forwards",
        "start_forwards",
        "stop_forwards",
    ),
    "health": ("HealthReport", "end_health", "health_of", "watch_health"),
    "commands_inside": ("Deployed", "deployed"),
    "inventory_reading": ("InventoryReport", "inventory"),
    "jobs": ("ConfigReport", "config", "diff", "down", "render", "restart", "rollback", "start", "stop", "up"),
    "linting": ("LintReport", "lint"),
    "loading": ("load",),
    "log_reading": ("logs",),
    "one_off": ("OneOffPod", "make_one_off"),
    "result_records": ("diff_records", "failure_lines", "result_record", "untold_warnings"),
    "rendering": ("Rendered",),
    "request": ("Request",),
    "since": ("read_since",),
    "reports": ("HistoryReport", "StatusReport", "history", "status"),
    "status_watch": ("StatusNews", "StatusWatch", "same_news", "watch_status"),
    "variables_nobody_reads": ("unread_variables",),
    "usage_reading": ("ContainerUsage", "UsageReport", "usage"),
    "values": ("FoundValue", "find_value"),
}

__getattr__ = lazily(__name__, _FILES)
