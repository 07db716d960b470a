"""Small languages inside of Compose files, at random: variables, env files, ports, volumes, command lines, sizes, times, plain scalars.

Left out is what we refuse on purpose: a date without quotes, which compose-go makes `2026-01-02 00:00:00 +0000 UTC` of, and sizes that
are too large for it, which it makes negative.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

ENVIRONMENT = {"A": "1", "B": "", "C": "c d", "D": "x}y", "E": "$A"}
_NUMBERS = (
    *("1", "1.5", "010", "1_0", "0x1f", "1e3", "1m", "2gb", "1GiB", "-1", "+3", "1.5.2", "", ".5", "5.", "1 mb", "1k", "1kb", "1kib"),
    *("1kibb", "1b", "1bb", "1h", "1h30m", "1.5h", "5", "90", "1d", "2w", "1us", "1µs", "h", "1 h", "0", "-5s", "1s2", "1e2s", "true"),
    *("yes", "y", "on", "null", "~", ".inf", "0o17", "0b11", "08", "1__0", "_1", "1_", "12:30", "1e400", "-0", "1e-7", "123456789.5"),
)
_BITS: dict[str, tuple[str, ...]] = {
    "labels": (
        *("$", "$$", "${", "}", "A", "B", "C", "NOPE", ":-", "-", ":+", "+", ":?", "?", "x", "{", " ", "\n", "é", "${A}", "$B", "${C:-"),
        *("${NOPE-", "\\$", "=", ":"),
    ),
    "env_file": (
        *("A=", "B=", "X", "Y=", "export ", "'", '"', "#", " #", "\n", "\n", "\n", "$A", "${A}", "${NOPE:-d}", "\\n", "\\", "=", ":"),
        *(" ", "\t", "v", "w1", '\\"', "\\'", "$$", "é", "a.b", "[0]", "-", "\r\n", "\\$", "\\0101", "\\t"),
    ),
    "ports": ("80", "81", "0", "70000", ":", ":", "-", "/", "tcp", "udp", "127.0.0.1", "[::1]", "::1", "x", " ", "90", "95"),
    "volumes": ("data", "./a", "/b", "~", ":", ":", "ro", "rw", ",", "z", "nocopy", "C", "..", "x", "//", "rslave", "\\"),
    "command": ("a", "b c", "'", '"', "\\", " ", "|", ";", "(", ")", "$$(", "`", ">", "2>", "&", "<", "\t", "=", "x"),
}
_NUMERIC = ("mem_limit", "shm_size", "stop_grace_period", "privileged", "init", "cpus", "scale", "cpu_count", "pids_limit", "environment")


def write(folder: Path, seed: int) -> dict[str, Any]:
    """Make the files of a project with one such text; the case for the oracle."""
    draw = random.Random(seed)
    key = draw.choice([*_BITS, *_NUMERIC])
    if key in _BITS:
        text: Any = "".join(draw.choice(_BITS[key]) for _ in range(draw.randint(1, 12)))
    else:
        text = draw.choice(_NUMBERS)
    service: dict[str, Any] = {"image": "i"}
    if key == "env_file":
        (folder / "e.env").write_bytes(text.encode())
        text = "e.env"
    service[key] = {"labels": {"l": text}, "ports": [text], "volumes": [text]}.get(key, text)
    written = json.dumps({"services": {"a": service}, "volumes": {"data": None, "x": None}}, ensure_ascii=False)
    if key == "environment":
        written = f"services:\n  a:\n    image: i\n    environment:\n      V: {text}\n"
    (folder / "compose.yaml").write_text(written)
    return {"folder": str(folder), "files": [], "environment": ENVIRONMENT, "profiles": [], "name": ""}
