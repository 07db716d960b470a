# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engines called bare, with a case as the oracles of tests/oracles take it; loads those modules."""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._render.handlebars.machine import machine
from ansible_collections.roro.kube.plugins.module_utils._render.limits import (
    MAX_OUTPUT,
    MAX_PRODUCED,
    MAX_SECONDS,
    MAX_STEPS,
    MAX_WIDTH,
    LimitReached,
    Meter,
)
from ansible_collections.roro.kube.plugins.module_utils._render.tera.expressions import NotTera
from ansible_collections.roro.kube.plugins.module_utils._render.tera.library import Library
from ansible_collections.roro.kube.plugins.module_utils._render.tera.nodes import Node
from ansible_collections.roro.kube.plugins.module_utils._render.tera.run import Run
from ansible_collections.roro.kube.plugins.module_utils._render.tera.statements import parse
from ansible_collections.roro.kube.plugins.module_utils._render.tera.values import Fault, data

HERE = Path(__file__).resolve().parents[2] / "oracles"
LIMITS = {"steps": MAX_STEPS, "produced": MAX_PRODUCED, "output": MAX_OUTPUT, "width": MAX_WIDTH, "seconds": MAX_SECONDS}
BATCH = 40
"""So many templates go to a real engine at once."""
Answer = dict[str, Any]


def load(name: str) -> ModuleType:
    """A module of tests/oracles."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class _Given:
    """Templates of a case as a `Source` of Tera."""

    def __init__(self, templates: dict[str, str]) -> None:
        self._templates = templates

    def resolve(self, name: str, asking: str | None) -> str | None:
        return name if name in self._templates else None

    def nodes(self, key: str) -> tuple[Node, ...]:
        return parse(self._templates[key])


def our_tera(case: dict[str, Any]) -> Answer:
    """As the real Tera answers: {"text"} or {"error"}; like there, every template must be readable, used or not."""
    meter = Meter()
    library = Library(_Given(case["templates"]), meter.step)
    try:
        for name in case["templates"]:
            library.get(name)
        return {"text": Run(library, library.get(case["render"]), data(case["context"]), meter, may_change=True).render()}
    except (Fault, NotTera, LimitReached) as error:
        return {"error": str(error)}


def our_handlebars(case: dict[str, Any]) -> Answer:
    """As the real Handlebars answers; a partial that cannot be read only counts when it is used."""
    js = machine()
    js.tidy()
    options = {"noEscape": True, **case.get("options", {})}
    js.ask(do="context", json=json.dumps(case["context"]), limits=LIMITS)
    keys: dict[str, str] = {}
    codes: dict[str, str] = {}
    broken: dict[str, Answer] = {}
    for name, text in case["templates"].items():
        compiled = js.ask(do="compile", text=text, options=options)
        if "error" in compiled:
            if name == case["render"]:
                return compiled
            broken[name] = compiled
            continue
        keys[name] = hashlib.sha256(f"{options} {text}".encode()).hexdigest()
        codes[name] = compiled["code"]
        if name != case["render"]:
            js.add(keys[name], codes[name])
    partials = {name: key for name, key in keys.items() if name != case["render"]}
    missing: dict[str, bool] = {}
    main = case["render"]
    while True:
        answer = js.ask(
            do="render", key=keys[main], code=codes[main], partials=partials, missing=missing, strict=bool(options.get("strict"))
        )
        if "need" not in answer:
            return answer
        if answer["need"] in broken:
            return broken[answer["need"]]
        missing[answer["need"]] = True


def differences(cases: list[dict[str, Any]], expected: list[Answer], ours: Callable[[dict[str, Any]], Answer]) -> Iterator[str]:
    """What our engine gives otherwise than the real one."""
    for case, wanted in zip(cases, expected, strict=True):
        found = ours(case)
        if found.get("text") != wanted.get("text"):
            shown = {key: value for key, value in case.items() if key != "context"}
            yield f"{json.dumps(shown)}\n  expected {json.dumps(wanted)}\n  found    {json.dumps(found)}"


def fresh_seed() -> int:
    """RORO_FUZZ_SEED, a new one where that is `random`, else always the same: what nobody changed must not begin to fail."""
    given = os.environ.get("RORO_FUZZ_SEED") or "20261121"
    return random.SystemRandom().randrange(10**9) if given == "random" else int(given)


def batches() -> Iterator[range]:
    """Numbers of fresh templates to try, from 0 on: for RORO_FUZZ_SECONDS, else 200 of them, so that each run tries the same."""
    seconds = float(os.environ.get("RORO_FUZZ_SECONDS") or 0)
    end = time.monotonic() + seconds
    for first in itertools.count(0, BATCH):
        if time.monotonic() >= end if seconds else first >= 200:
            return
        yield range(first, first + BATCH)
