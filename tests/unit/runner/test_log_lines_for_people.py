"""How `roro logs` shows lines, and what its options refuse."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._logs import Source, Wanted, level_number, parse_line

from roro.log_lines import LinePrinter, Look, colour_of, harmless, harmless_text, prefix_of

RORO = Path(sys.executable).parent / "roro"
STAMP = b"2026-01-02T03:04:05.000000001Z"


def shown(*texts: str | bytes, pod: str = "api-1", **look: Any) -> list[str]:
    wanted = Wanted(**{key: look.pop(key) for key in ("pattern", "invert", "level") if key in look})
    raw = [text if isinstance(text, bytes) else text.encode() for text in texts]
    shape = LinePrinter(Look(**{"prefix": False, "wanted": wanted, **look})).shaper(Source("api", "shop", pod, "main"))
    keys, lines = shape([STAMP] * len(raw), [STAMP] * len(raw), raw)
    assert len(keys) == len(lines)
    return [line.decode() for line in lines]


def test_a_prefix_must_name_pod_and_container_in_columns() -> None:
    printer = LinePrinter(Look())
    first, second = (printer.shaper(Source("api", "shop", pod, "main")) for pod in ("api-1", "api-long"))
    assert first([b""], [STAMP], [b"x"])[1] == [b"api-1/main    | x"]
    assert second([b""], [STAMP], [b"x"])[1] == [b"api-long/main | x"]


def test_the_instance_must_be_told_where_the_pods_name_does_not() -> None:
    assert prefix_of(Source("db-orders", "shop", "orders-0", "main")) == "db-orders orders-0/main"
    assert prefix_of(Source("api", "shop", "apifoo-0", "main")) == "api apifoo-0/main"
    assert prefix_of(Source("api", "shop", "api", "main")) == "api/main"


def test_a_pod_must_have_the_same_colour_in_every_run_and_none_without_a_terminal() -> None:
    source = Source("api", "shop", "api-1", "main")
    assert colour_of(source) == colour_of(Source("api", "elsewhere", "api-1", "side")) != 31
    assert shown("x", prefix=True, colour=True) == [f"\x1b[{colour_of(source)}mapi-1/main | \x1b[0mx"]
    assert "\x1b" not in shown("x", prefix=True)[0]


def test_times_and_filters_must_work_together() -> None:
    assert shown("one", "two", timestamps=True, pattern=re.compile(b"w")) == [f"{STAMP.decode()} two"]
    assert shown("one", "two", pattern=re.compile(b"w"), invert=True) == ["one"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain \u00e4 \t tab", "plain \u00e4 \t tab"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m\x1b[0m"),
        ("\x1b[1;38;5;3mbold", "\x1b[1;38;5;3mbold\x1b[0m"),
        ("\x1b[2J\x1b[H", "^[[2J^[[H"),
        ("\x1b]0;title\x07", "^[]0;title^G"),
        ("\x1b]52;c;cGF5\x1b\\", "^[]52;c;cGF5^[\\"),
        ("\x9b31m\x85", "\\x9b31m\\x85"),
        ("a\rb\r", "a^Mb"),
        ("\x00\x08\x7f", "^@^H^?"),
        ("\x1bP1$r\x1b[", "^[P1$r^[["),
    ],
)
def test_a_terminal_must_get_colours_but_nothing_else_to_obey(text: str, safe: str) -> None:
    assert harmless_text(text) == safe
    assert harmless([b"before", text.encode(), b"after"]) == [b"before", safe.encode(), b"after"]
    assert shown(text, terminal=True) == [safe]
    assert shown(text) == [text], "what is piped is given as it is"


def test_bytes_that_are_no_text_must_not_reach_a_terminal() -> None:
    assert harmless([b"ok", b"\xff\x9b31m"]) == [b"ok", "\ufffd\ufffd31m".encode()]
    hostile = json.dumps({"msg": "x", "k": "\x1b[2J", "\x1b]0;": "\x07"})
    assert not set("\x1b\x07") & set(shown(hostile, terminal=True, structured=True)[0])
    assert not set("\x1b\x9b") & set(shown("\x1b\x9b", terminal=True, records=True)[0])


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('{"level":"info","msg":"well","n":1}', "INFO  well n=1"),
        ('{"level":50,"time":1767323045000,"msg":"broke","err":{"a":[1]}}', '2026-01-02T03:04:05.000Z ERROR broke err={"a":[1]}'),
        ('{"ts":1767323045.5,"severity":"WARNING","message":"a b","who":"x y"}', '2026-01-02T03:04:05.500Z WARN  a b who="x y"'),
        ('{"@timestamp":"2026-01-02","log.level":"debug","message":""}', "2026-01-02 DEBUG"),
        ('{"level":{"name":"ERROR"},"message":"java"}', "ERROR java"),
        ('{"msg":"no level"}', "no level"),
        ('time=now level=warn msg="a \\"b\\"" k=v', 'now WARN  a "b" k=v'),
        ("E0102 03:04:05.000000       1 main.go:7] broke", "0102 03:04:05.000000 ERROR broke source=main.go:7"),
        ("prose with a=b in it", "prose with a=b in it"),
        ("a=b c=d", "a=b c=d"),
        ("{not json}", "{not json}"),
        ("[1, 2]", "[1, 2]"),
        ('{"msg":"\\ud800","n":1e999,"level":1e999}', "? n=Infinity level=Infinity"),
        ("", ""),
        ("{" * 2_000, "{" * 2_000),
        ('{"a":' * 2_000, '{"a":' * 2_000),
    ],
)
def test_lines_for_machines_must_be_shown_for_people(line: str, text: str) -> None:
    assert shown(line, structured=True) == [text]


def test_a_level_must_leave_out_what_is_below_and_keep_what_follows_an_entry() -> None:
    lines = [
        "begin",
        '{"level":"info"}',
        "of info",
        '{"level":"error","msg":"x"}',
        "  at line 1",
        '{"level":30}',
        "W0102 03:04:05.000000 1 a.go:1] w",
    ]
    assert shown(*lines, level=level_number("warn")) == [lines[3], lines[4], lines[6]]


@pytest.mark.parametrize(("word", "number"), [("warn", 40), ("WARNING", 40), ("40", 40), ("crit", 60), ("Notice", 30)])
def test_levels_must_be_known_by_name_and_number(word: str, number: int) -> None:
    assert level_number(word) == number
    entry = parse_line(json.dumps({"level": word}))
    assert entry is not None and entry.level == number


def test_a_record_must_be_one_object_a_line() -> None:
    (line,) = shown('{"level":"info","msg":"well","n":1}', records=True, structured=True)
    assert json.loads(line) == {
        "time": STAMP.decode(),
        "instance": "api",
        "namespace": "shop",
        "pod": "api-1",
        "container": "main",
        "line": '{"level":"info","msg":"well","n":1}',
        "level": "info",
        "message": "well",
        "fields": {"n": 1},
    }
    assert "level" not in json.loads(shown("plain", records=True)[0])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--tail", "x"), '--tail "x" is no number of lines'),
        (("--grep", "("), "is no regular expression: missing ), unterminated subpattern"),
        (("--invert",), "--invert needs --grep"),
        (("-f", "--previous"), "nothing of them can be followed"),
        (("--level", "loud"), 'there is no level "loud"'),
        (("--since", "yesterday"), '"yesterday" is neither a duration nor a time'),
        (("--since", "2026-99-01"), '"2026-99-01" is neither a duration nor a time'),
    ],
)
def test_options_that_make_no_sense_must_be_refused_before_a_cluster_is_asked(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    (tmp_path / "environments/dev").mkdir(parents=True)
    (tmp_path / "workspace.json").write_text('{"version": 1, "name": "shop"}')
    (tmp_path / "environments/dev/environment.json").write_text('{"kubeconfig": "none"}')
    found = subprocess.run([str(RORO), "-w", str(tmp_path), "logs", "dev", *words], capture_output=True, text=True, check=False)
    assert (found.returncode, told in found.stderr) == (2, True), found.stderr


def test_help_must_not_load_what_talks_to_a_cluster() -> None:
    run = "import sys; from roro.cli import cli; cli(['logs', '--help'], standalone_mode=False)"
    code = f"{run}; sys.exit('urllib3' in sys.modules or 'rich' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "--previous" in found.stdout and "roro logs -f dev api" in found.stdout
