"""Asks the real engines about every case of the corpora and stores what they say. Run it after changing a corpus:

    .venv/bin/python tests/oracles/record.py [tera] [handlebars]

`held_out.json` are templates of the random generators from seeds that were looked at in no other way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import corpus
import handlebars_grammar
import oracle
import tera_grammar

HELD_OUT = range(7_000_000, 7_000_400)


def record(engine: str, ask: Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]], grammar: Any) -> None:
    """Write expected.json and held_out.json of one engine."""
    cases = corpus.written(engine, grammar.CONTEXT)
    answers = [shortened(answer) for answer in ask(list(cases.values()))]
    corpus.store(engine, "expected", dict(zip(cases, answers, strict=True)))
    held = [grammar.Grammar(seed).case() for seed in HELD_OUT]
    answers = [shortened(answer) for answer in ask(held)]
    stored = {
        str(seed): {key: value for key, value in case.items() if key not in ("context", "render")} | answer
        for seed, case, answer in zip(HELD_OUT, held, answers, strict=True)
    }
    corpus.store(engine, "held_out", stored)
    print(f"{engine}: {len(cases)} written, {sum('text' in one for one in answers)} of {len(held)} held out render")


def shortened(answer: dict[str, Any]) -> dict[str, Any]:
    """Of an error only that it is one: the words are the engine's own."""
    return answer if "text" in answer else {"error": True}


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["tera", "handlebars"]
    if "tera" in wanted:
        record("tera", oracle.ask_tera, tera_grammar)
    if "handlebars" in wanted:
        record("handlebars", oracle.ask_handlebars, handlebars_grammar)
