"""Random Compose projects: every key that Compose reads in several forms, with overrides, references and resets."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

ENVIRONMENT = {"TAG": "1.2", "EMPTY": "", "PORT": "8080", "FLAG": "true", "COUNT": "3", "NAME": "shop"}
_WORDS = [
    "a",
    "b c",
    "x=y",
    "10",
    "true",
    "",
    "é",
    "it's",
    'say "hi"',
    "$$5",
    "${TAG}",
    "${NOPE:-d}",
    "${EMPTY:-e}",
    "${TAG:+set}",
    "pre-${PORT}-post",
]
_NAMES = ["A", "B", "LONG_NAME", "d.e", "F"]


def write(folder: Path, seed: int) -> dict[str, Any]:
    """Make the files of a project; the case for the oracle."""
    draw = random.Random(seed)
    names = ["web", "api", "db"][: draw.randint(1, 3)]
    base = {"services": {name: _service(draw, names, name, full=True) for name in names}}
    base |= _resources(draw)
    (folder / "compose.yaml").write_text(json.dumps(base, ensure_ascii=False))
    files = [str(folder / "compose.yaml")]
    if draw.random() < 0.7:
        over: dict[str, Any] = {"services": {name: _service(draw, names, name, full=False) for name in names if draw.random() < 0.8}}
        (folder / "over.yaml").write_text(_with_tags(draw, json.dumps(over, ensure_ascii=False, indent=1)))
        files.append(str(folder / "over.yaml"))
    (folder / "vars.env").write_text("FROM_FILE=${TAG}\nA=weak\nQUOTED='a $b' # c\nexport D=\"x\\ny\"\nTAG\n")
    (folder / "s.txt").write_text("secret")
    (folder / "common.yaml").write_text(json.dumps({"services": {"base": _service(draw, [], "base", full=True)}}, ensure_ascii=False))
    profiles = draw.sample(["one", "two"], draw.randint(0, 2))
    return {"folder": str(folder), "files": files, "environment": ENVIRONMENT, "profiles": profiles, "name": ""}


def _with_tags(draw: random.Random, text: str) -> str:
    """Some keys of the second level of services reset or overridden."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.startswith('   "') and ": " in line and line.rstrip()[-1] in "{[" and draw.random() < 0.15:
            lines[number] = line.replace(": ", ": !override ", 1)
    return "\n".join(lines)


def _resources(draw: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {"volumes": {"data": draw.choice([None, {}, {"driver": "local", "labels": ["a=b"]}]), "more": None}}
    found["networks"] = {"front": draw.choice([None, {"internal": "${FLAG}"}, {"labels": {"x": 1}}]), "back": {}}
    found["secrets"] = {"s": {"file": "./s.txt"}, "t": {"environment": "TAG"}}
    found["configs"] = {"c": {"content": "v ${TAG}"}}
    return found


def _word(draw: random.Random) -> str:
    return draw.choice(_WORDS)


def _pairs(draw: random.Random, *, null: bool = True) -> Any:
    chosen = draw.sample(_NAMES, draw.randint(1, 4))
    if draw.random() < 0.5:
        values = [_word(draw), 5, 1.5, True, False, 0] + ([None] if null else [])
        return {name: draw.choice(values) for name in chosen}
    return [f"{name}={_word(draw)}" if not null or draw.random() < 0.9 else name for name in chosen]


def _service(draw: random.Random, names: list[str], own: str, *, full: bool) -> dict[str, Any]:
    keys = {key: make for key, make in _KEYS.items() if draw.random() < 0.3}
    found = {key: make(draw) for key, make in keys.items()}
    if full or draw.random() < 0.3:
        found["image"] = draw.choice(["nginx", "nginx:${TAG}", "registry:5000/a/b@sha256:0", "${NOPE:-busybox}"])
    others = [name for name in names if name < own]
    if others and draw.random() < 0.5:
        found["depends_on"] = draw.choice(
            [
                others,
                {others[0]: {"condition": "service_healthy"}},
                {others[0]: {"condition": "service_started", "required": False, "restart": True}},
            ]
        )
    if names and full and draw.random() < 0.25:
        found["extends"] = {"file": "common.yaml", "service": "base"}
    if draw.random() < 0.1:
        found.pop("networks", None)
        found["network_mode"] = "host"
    return found


def _ports(draw: random.Random) -> Any:
    forms = [80, "81", "8082:82", "127.0.0.1:8083:83", "84/udp", "9000-9002:90-92", "9100-9103:91", "${PORT}:85", {"target": 86}]
    forms += [
        {"target": "87", "published": "8087", "protocol": "tcp"},
        {"target": 88, "published": 8088, "host_ip": "127.0.0.1", "name": "n"},
    ]
    return draw.sample(forms, draw.randint(1, 5))


def _volumes(draw: random.Random) -> Any:
    forms = ["data:/data", "more:/more:ro", "./src:/src", "/abs:/abs:rw,z", "/anon", "~/h:/h", "data:/d2:nocopy"]
    forms += [{"type": "volume", "source": "data", "target": "/d3/"}, {"type": "tmpfs", "target": "/t", "tmpfs": {"size": "10m"}}]
    forms += [
        {"type": "bind", "source": "./x", "target": "/x", "read_only": "${FLAG}"},
        {"type": "bind", "source": "y", "target": "/y", "bind": {"propagation": "rslave"}},
    ]
    return draw.sample(forms, draw.randint(1, 5))


def _command(draw: random.Random) -> Any:
    return draw.choice(
        [None, "", "echo hi", "sh -c 'echo \"a b\" && c'", ["a", "b $$c"], 'a \\"b\\" | c', [], "x${TAG} --y=${NOPE:-'z z'}"]
    )


_KEYS: dict[str, Any] = {
    "annotations": lambda draw: _pairs(draw, null=False),
    "build": lambda draw: draw.choice(
        [
            ".",
            "./dir",
            {"context": "ctx", "args": _pairs(draw)},
            {"context": ".", "dockerfile": "D", "labels": _pairs(draw, null=False), "target": "t"},
            {"context": "https://x.y/z.git", "tags": ["a", "b"], "cache_from": ["c"]},
        ]
    ),
    "cap_add": lambda draw: draw.sample(["A", "B", "C"], 2),
    "command": _command,
    "configs": lambda draw: draw.choice([["c"], [{"source": "c", "target": "/c", "mode": 288}], [{"source": "c", "mode": "0440"}]]),
    "cpus": lambda draw: draw.choice([1, 0.5, "1.5", "${COUNT}"]),
    "cpu_shares": lambda draw: draw.choice([10, "20"]),
    "deploy": lambda draw: draw.choice(
        [
            {"replicas": "${COUNT}"},
            {"labels": _pairs(draw, null=False)},
            {"placement": {"constraints": ["a==b"]}},
            {"restart_policy": {"condition": "any", "delay": "5s"}},
            {"update_config": {"parallelism": "2", "delay": "1m"}},
        ]
    ),
    "devices": lambda draw: draw.choice([["/dev/a"], ["/dev/a:/dev/b:r", "/dev/c"]]),
    "dns": lambda draw: draw.choice(["1.1.1.1", ["1.1.1.1", "2.2.2.2"]]),
    "dns_search": lambda draw: draw.choice(["a.b", ["c.d", "e.f"]]),
    "entrypoint": _command,
    "env_file": lambda draw: draw.choice(["vars.env", ["vars.env"], [{"path": "vars.env"}, {"path": "nope.env", "required": False}]]),
    "environment": _pairs,
    "expose": lambda draw: draw.choice([["80"], [81, "82"]]),
    "extra_hosts": lambda draw: draw.choice([["a:1.2.3.4", "b=::1"], {"a": "4.3.2.1", "c": "5.5.5.5"}]),
    "healthcheck": lambda draw: draw.choice(
        [
            {"test": "curl x", "interval": "1m30s"},
            {"test": ["CMD", "a"], "retries": "${COUNT}", "timeout": "500ms"},
            {"disable": "${FLAG}"},
            {"test": ["NONE"]},
        ]
    ),
    "hostname": lambda draw: draw.choice(["h", "${NAME}"]),
    "init": lambda draw: draw.choice([True, "${FLAG}"]),
    "labels": lambda draw: _pairs(draw, null=False),
    "logging": lambda draw: draw.choice([{"driver": "a", "options": {"x": "1"}}, {"driver": "b"}, {"options": {"y": "2"}}]),
    "mem_limit": lambda draw: draw.choice(["10m", "1.5gb", 1000, "2GiB"]),
    "networks": lambda draw: draw.choice([["front"], ["front", "back"], {"front": {"aliases": ["x"]}, "back": None}]),
    "ports": _ports,
    "privileged": lambda draw: draw.choice([True, False, "${FLAG}"]),
    "profiles": lambda draw: draw.choice([["one"], ["two", "three"]]) if draw.random() < 0.3 else [],
    "pull_policy": lambda draw: draw.choice(["always", "if_not_present"]),
    "secrets": lambda draw: draw.choice([["s"], ["s", "t"], [{"source": "t", "target": "x", "mode": 256}]]),
    "security_opt": lambda draw: ["no-new-privileges:true"],
    "shm_size": lambda draw: draw.choice(["64m", 1024]),
    "stop_grace_period": lambda draw: draw.choice(["10s", "1m30s", "0.5s"]),
    "sysctls": lambda draw: draw.choice([{"a.b": 1, "c.d": "x"}, ["a.b=2"]]),
    "tmpfs": lambda draw: draw.choice(["/run1", ["/run1", "/run2:size=1m"]]),
    "ulimits": lambda draw: draw.choice([{"nofile": 10}, {"nofile": {"soft": 1, "hard": "${COUNT}"}, "nproc": "${COUNT}"}]),
    "user": lambda draw: draw.choice(["1000", "a:b", "${NAME}"]),
    "volumes": _volumes,
    "working_dir": lambda draw: "/w",
    "x-note": lambda draw: {"any": [1, {"b": None}]},
}
