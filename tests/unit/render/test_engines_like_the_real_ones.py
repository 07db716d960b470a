# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tera and Handlebars must render as the Rust crate `tera` and npm's handlebars do, and refuse what they refuse.

tests/corpus has templates of our own with the real engines' answers. Where cargo or Node is installed, fresh random templates are compared
with the real engines as well: RORO_FUZZ_SECONDS and RORO_FUZZ_SEED (a number, or `random`) change how many and which.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def _load(name: str) -> Any:
    """The module beside this one (tests are no package)."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


oracles = _load("oracles")
corpus, oracle = oracles.load("corpus"), oracles.load("oracle")
GRAMMARS = {"tera": oracles.load("tera_grammar"), "handlebars": oracles.load("handlebars_grammar")}
OURS = {"tera": oracles.our_tera, "handlebars": oracles.our_handlebars}
REAL: dict[str, Callable[..., Any]] = {"tera": oracle.ask_tera, "handlebars": oracle.ask_handlebars}
HERE = {"tera": oracle.has_cargo(), "handlebars": oracle.has_node()}
AT_LEAST = {"tera": 300, "handlebars": 200}
REFUSED = {
    "only ASCII and Latin letters": ('{{ "\u4f60" | slugify }}', "refuses letters beyond Latin"),
    "these seconds are not within the years 1 to 9999": ("{{ huge | date }}", "years 1 to 9999"),
}
"""What our Tera refuses and the crate renders: by our words, with a template that gives them and what docs/engines/tera.md says of it."""


@pytest.mark.parametrize("engine", ["tera", "handlebars"])
def test_every_written_template_must_give_what_the_real_engine_gives(engine: str) -> None:
    cases, expected = corpus.written(engine, GRAMMARS[engine].CONTEXT), corpus.expected(engine)
    assert len(cases) >= AT_LEAST[engine]
    assert list(cases) == list(expected), "tests/oracles/record.py must be run after changing the corpus"
    assert list(oracles.differences(list(cases.values()), list(expected.values()), OURS[engine])) == []


@pytest.mark.parametrize("engine", ["tera", "handlebars"])
def test_every_held_out_template_must_give_what_the_real_engine_gives(engine: str) -> None:
    held = corpus.expected(engine, "held_out")
    assert sum("text" in one for one in held.values()) >= 150
    cases = [{"render": "main", "context": GRAMMARS[engine].CONTEXT, **one} for one in held.values()]
    assert list(oracles.differences(cases, list(held.values()), OURS[engine])) == []


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_refused_otherwise_than_the_crate_must_be_documented(words: str) -> None:
    template, told = REFUSED[words]
    answer = oracles.our_tera({"templates": {"main": template}, "render": "main", "context": GRAMMARS["tera"].CONTEXT})
    assert words in answer["error"]
    assert told in (oracles.HERE.parents[1] / "docs/engines/tera.md").read_text(encoding="utf-8")


CASE = {"render": "main", "context": {"stamp": 1_700_000_000, "l": [3, 1, 2]}}
FINE = {"templates": {"main": "fine"}, **CASE}


def compare_fresh_templates(engine: str) -> None:
    """Random templates, all batches of them."""
    real, ours, grammar = REAL[engine], OURS[engine], GRAMMARS[engine]
    seed = oracles.fresh_seed()
    print(f"RORO_FUZZ_SEED={seed}")
    real([grammar.Grammar(seed).case()])  # builds the oracle, which does not count
    for numbers in oracles.batches():
        cases = [grammar.Grammar(seed + number).case() for number in numbers]
        found = list(oracles.differences(cases, real(cases), ours))
        unknown = [one for one in found if not any(words in one for words in REFUSED)]
        assert unknown == [], f"from RORO_FUZZ_SEED={seed}"
    print(f"{numbers.stop} templates")


if HERE["tera"]:

    def test_fresh_templates_must_give_what_the_rust_crate_gives() -> None:
        compare_fresh_templates("tera")

    def test_a_template_that_the_rust_crate_does_not_survive_must_be_refused_here_and_must_not_stop_the_comparison() -> None:
        bomb = {"templates": {"main": "{% for x in range(end=stamp) %}{% break %}{% endfor %}"}, **CASE}
        assert [set(one) for one in oracle.ask_tera([bomb, FINE])] == [{"error"}, {"text"}]
        assert "more than 100,000 numbers" in oracles.our_tera(bomb)["error"]


if HERE["handlebars"]:

    def test_fresh_templates_must_give_what_npms_handlebars_gives() -> None:
        compare_fresh_templates("handlebars")

    def test_a_template_that_never_ends_in_npms_handlebars_must_be_refused_here_and_must_not_stop_the_comparison(
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setitem(oracles.LIMITS, "seconds", 1)
        bomb = {"templates": {"main": "{{#each @root.l}}" * 26 + "{{/each}}" * 26}, **CASE}
        assert [set(one) for one in oracle.ask_handlebars([bomb, FINE], 3)] == [{"error"}, {"text"}]
        assert set(oracles.our_handlebars(bomb)) == {"error"}
