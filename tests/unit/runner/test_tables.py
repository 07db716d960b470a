"""What a command prints as a table must be readable on a terminal, in a pipe and without colours."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardStatus, Origin
from ansible_collections.roro.kube.plugins.module_utils._release import InstanceStatus
from ansible_collections.roro.kube.plugins.module_utils._workflow import StatusReport
from rich.text import Text

from roro.json_output import camel_keys
from roro.ps_picture import Picture
from roro.tables import make_console, make_table, plain_lines

NOW = "2026-01-01T00:00:00Z"
LONG = "ImagePullBackOff: " + "a long message of a registry " * 20


def forward(name: str, *addresses: str, state: Any = "Active") -> ForwardStatus:
    return ForwardStatus("1", "service/api", "shop", 80, origin=Origin("shop", "dev", "api", name), addresses=addresses, state=state)


def picture(*rows: InstanceStatus, forwards: list[ForwardStatus] | None = None) -> Picture:
    return Picture(StatusReport("shop", "dev", rows, NOW), {"api": forwards} if forwards else {}, {})


def row(**more: Any) -> InstanceStatus:
    return InstanceStatus("api", "api", "shop", **{"status": "Running", **more})


def test_each_instance_must_be_one_line_in_a_pipe() -> None:
    lines = plain_lines(picture(row(status="Failed", reason="ImagePullBackOff", message=f"{LONG}\nand more"), row()).table())
    assert len(lines) == 3
    assert lines[1].startswith("api") and lines[1].endswith("and more")
    assert len(lines[1]) > 400
    assert [line for line in lines if line != line.rstrip()] == []


def test_ready_must_count_pods_and_be_empty_where_there_are_none() -> None:
    shown = plain_lines(picture(row(ready=4, total=4, ready_pods=1, wanted_pods=3), row(ready=2, total=2)).table())
    assert (shown[1].split()[2], shown[2].split()[2]) == ("1/3", "shop")


def test_what_was_stopped_must_be_called_stopped() -> None:
    stopped = row(status="NotDeployed", reason="Stopped", message="`roro start` starts it", ready_pods=0, wanted_pods=0)
    assert plain_lines(picture(stopped).table())[1].split()[:3] == ["api", "Stopped", "0/0"]
    assert picture(stopped).document()["instances"][0]["status"] == "NotDeployed", "the word for machines"


def test_addresses_must_be_short() -> None:
    forwards = [forward("http", "127.0.0.1:18080", "[::1]:18080"), forward("lan", "192.0.2.7:80"), forward("db", state="Waiting")]
    assert "http :18080, lan 192.0.2.7:80, db Waiting" in plain_lines(picture(row(), forwards=forwards).table())[1]


def test_addresses_must_not_be_folded_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    forwards = [forward("http", "127.0.0.1:18080"), forward("metrics", "127.0.0.1:19090")]
    make_console(width=80, file=out, force_terminal=False).print(picture(row(reason="Drifted", message=LONG), forwards=forwards).table())
    assert "http :18080 " in out.getvalue() and "metrics :19090" in out.getvalue()


def test_no_color_must_mean_no_escape_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    table = make_table(("A", "B"))
    table.add_row("[bold]x", "y")
    for value, escapes in (("1", False), ("", True)):
        monkeypatch.setenv("NO_COLOR", value)
        monkeypatch.setenv("TERM", "xterm-256color")
        out = io.StringIO()
        make_console(file=out, force_terminal=True).print(table)
        assert ("\x1b[" in out.getvalue()) is escapes, repr(out.getvalue())


@pytest.mark.parametrize("cell", ["a\x1b]0;b\x07c\x9b2Jd", Text("a\x1b]0;b\x07c\x9b2Jd")], ids=["text", "styled"])
def test_no_cell_must_be_obeyed_by_a_terminal(cell: Any) -> None:
    """Whoever may write a record, name a container or answer for the metrics has a say in tables."""
    table, out = make_table(("A",)), io.StringIO()
    table.add_row(cell)
    make_console(file=out, force_terminal=True).print(table)
    for shown in (out.getvalue(), *plain_lines(table)):
        assert [sign for sign in shown.replace("\x1b[1m", "").replace("\x1b[0m", "") if not (sign.isprintable() or sign == "\n")] == []
    assert "]0;b" in out.getvalue()


def test_a_cell_must_be_shown_as_it_is() -> None:
    """An address of IPv6 looks like the name of a style."""
    table, out = make_table(("A",)), io.StringIO()
    table.add_row("[fe80::1]:8080 [/x]")
    make_console(file=out, force_terminal=True).print(table)
    assert "[fe80::1]:8080 [/x]" in out.getvalue()


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[3] / "roro").glob("*.py")), ids=lambda path: path.stem)
def test_every_notice_must_be_told_in_the_one_way(file: Path) -> None:
    """Clusters have their say in notices."""
    assert file.stem == "notes" or not re.search(r"print\(f?\"note: ", file.read_text())


def test_numbers_must_end_below_each_other() -> None:
    table = make_table(("A",))
    table.add_column("CPU", justify="right")
    table.add_row("x", "5m")
    table.add_row("y", "1200m")
    assert plain_lines(table) == ["A    CPU", "x     5m", "y  1200m"]


@pytest.mark.parametrize("command", sorted((Path(__file__).parents[3] / "roro").glob("*.py")), ids=lambda path: path.stem)
def test_every_command_must_print_json_and_tables_in_the_one_way(command: Path) -> None:
    """Else keys are spelled in two ways again, and a pipe breaks lines."""
    text = command.read_text()
    assert not re.search(r"print\(\s*json\.dumps", text)
    assert command.stem in ("tables", "live") or not re.search(r"(?<!make_)\b(Console|Table)\(", text)


def test_keys_must_be_in_camel_case_but_for_what_is_somebody_elses() -> None:
    record = {"local_port": 1, "rows": [{"free_port": None}], "variables": {"my_name": {"x_y": 1}}, "manifests": [{"a_b": 1}]}
    assert camel_keys(record) == {"localPort": 1, "rows": [{"freePort": None}], **{k: record[k] for k in ("variables", "manifests")}}
