# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What client-go's JSONPath makes of our templates: writes expected.json beside this file.

Needs Go; client-go comes from the module proxy. `--fresh N` writes nothing: it compares N new random templates with ours, and ends with 1
where they differ.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CLIENT_GO = "k8s.io/client-go@v0.34.1"
DATA: dict[str, Any] = {
    "kind": "List",
    "name": "root",
    "one": {"only": "child"},
    "items": [
        {"name": "alpha", "size": 3, "ratio": 1.5, "ready": True, "tags": ["x", "y"], "meta": {"uid": "u-1"}},
        {"name": "beta", "size": 12, "ratio": 0.25, "ready": False, "tags": [], "meta": {"uid": "u-2"}},
        {"name": "gamma", "size": 7, "ratio": 2.0, "ready": True, "tags": ["z"], "meta": {"uid": "u-3"}, "extra": None},
    ],
    "numbers": [0, 1, -5, 1.5, 1e21, 1e-7, 123456789012, 1e20, 100000.0, 1234567.5, 0.0001],
    "texts": ["plain", "with space", "ünï", "<a&b>", 'quo"te', ""],
    "nested": [[1, 2], [3], []],
    "empty": {},
    "nothing": None,
    "labels": {"a.b/c": "dotted", "it's": "quoted", "with space": "spaced", "x-y": "dashed"},
    "yes": True,
    "html": {"k": "<&>"},
}


def written() -> list[str]:
    """The templates that were thought of, written.txt: separated by | and by lines."""
    found = (HERE / "written.txt").read_text(encoding="utf-8").removesuffix("\n").replace("\n", "|").split("|")
    return list(dict.fromkeys([*found, '{"a\nb"}', "{.kind\n}", "{.items[0\n]}", "{.items[?(@.a\n)]}", "", "{", "\n", "{.kind}\n{.name}"]))


class Writer:
    """Random templates, most of them meaningful."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def template(self) -> str:
        blocks = [self.block(0) for _ in range(self.dice.randint(1, 3))]
        text = "".join(blocks)
        if self.dice.random() < 0.1:
            cut = self.dice.randrange(len(text) + 1)
            text = text[:cut] + self.dice.choice(["", "{", "}", "[", "]", "'", "\\", ".", "(", "*", ","]) + text[cut + 1 :]
        return text

    def block(self, depth: int) -> str:
        choice = self.dice.random()
        if choice < 0.15:
            return self.dice.choice(["x=", " ", "; ", "ü"])
        if choice < 0.25:
            return self.dice.choice(['{"\\n"}', '{"\\t"}', "{'t'}", "{1}", "{true}"])
        if choice < 0.4 and depth < 2:
            return f"{{range {self.path(self.dice.choice(['.items', '.nested', '.texts', '.numbers']) + '[*]')}}}{self.inner(depth)}{{end}}"
        return f"{{{self.path()}}}"

    def inner(self, depth: int) -> str:
        return "".join(
            self.dice.choice(["{.name}", "{.size}", "{@}", "{.tags[*]}", "{.meta.uid}", self.block(depth + 1)]) for _ in range(2)
        )

    def path(self, start: str = "") -> str:
        path = start or self.dice.choice(["", "$", "@", ""]) + self.dice.choice(
            [".items", ".nested", ".one", ".labels", ".numbers", ".name", "..uid"]
        )
        for _ in range(self.dice.randint(0, 3)):
            path += self.step()
        return path

    def step(self) -> str:
        number = lambda: str(self.dice.randint(-4, 4))  # noqa: E731
        return self.dice.choice(
            [
                f"[{number()}]",
                "[*]",
                f"[{number()}:{number()}]",
                f"[:{number()}]",
                f"[{number()}:]",
                f"[::{self.dice.randint(1, 3)}]",
                f"[{number()},{number()}]",
                ".name",
                ".size",
                ".meta",
                ".meta.uid",
                ".tags",
                "['name']",
                "['name','size']",
                f"[?(@.size{self.dice.choice(['==', '!=', '<', '>', '<=', '>='])}{self.dice.randint(0, 12)})]",
                f"[?(@.name{self.dice.choice(['==', '!='])}'{self.dice.choice(['alpha', 'beta', 'no'])}')]",
                f"[?(@.{self.dice.choice(['ready', 'extra', 'none', 'tags[0]'])})]",
                "..uid",
            ]
        )


def oracle(templates: list[str]) -> list[dict[str, str]]:
    """client-go's answers."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "oracle.go", folder)
        for command in (["go", "mod", "init", "oracle"], ["go", "get", CLIENT_GO]):
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
        asked = json.dumps({"data": DATA, "templates": templates})
        ran = subprocess.run(["go", "run", "."], cwd=folder, check=True, capture_output=True, text=True, input=asked)
    answers: list[dict[str, str]] = json.loads(ran.stdout)
    return answers


def ours(template: str) -> dict[str, str]:
    """The same by our evaluator."""
    from ansible_collections.roro.kube.plugins.module_utils._jsonpath import PathNoMatch, PathSyntaxError
    from ansible_collections.roro.kube.plugins.module_utils._kubectl_path import compile_template

    try:
        compiled = compile_template(template)
    except PathSyntaxError as error:
        return {"error": "open range" if "a range is not ended" in str(error) else "parse"}
    try:
        return {"text": compiled.text_of(DATA)}
    except PathNoMatch:
        return {"error": "missing"}
    except PathSyntaxError:
        return {"error": "other"}


def differences(templates: list[str], answers: list[dict[str, str]]) -> list[str]:
    """Where the two do not agree. Ours may refuse when reading what client-go only notices when it comes there."""
    found = []
    for template, theirs in zip(templates, answers, strict=True):
        mine = ours(template)
        if ".." in template and sorted(mine.get("text", "")) == sorted(theirs.get("text", "")) and "text" in mine and "text" in theirs:
            continue  # Go walks a map in an order of its own every time
        if not agrees(mine, theirs):
            found.append(f"{template!r}: client-go {theirs}, ours {mine}")
    return found


def agrees(mine: dict[str, str], theirs: dict[str, str]) -> bool:
    """Whether two answers come to the same. A range that is not ended is the one difference in what is accepted."""
    if mine.get("error") == "open range" or theirs.get("error") == "panic":
        return "error" in mine
    if mine.get("error") == "parse":
        return "error" in theirs
    return mine.get("text") == theirs.get("text") and (theirs.get("error") == "missing") == (mine.get("error") == "missing")


def main() -> int:
    """0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.fresh:
        writer = Writer(options.seed or random.randrange(1 << 30))
        templates = [writer.template() for _ in range(options.fresh)]
        found = differences(templates, oracle(templates))
        print("\n".join(found) or f"{len(templates)} templates agree", file=sys.stderr)
        return 1 if found else 0
    writer = Writer(20261121)
    templates = list(dict.fromkeys([*written(), *(writer.template() for _ in range(400))]))
    answers = oracle(templates)
    cases = [{"template": template, **answer} for template, answer in zip(templates, answers, strict=True)]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (HERE / "expected.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    found = differences(templates, answers)
    print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
