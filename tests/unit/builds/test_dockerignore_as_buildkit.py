"""What `.dockerignore` leaves out, compared with BuildKit's own code on random patterns and trees."""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from ansible_collections.roro.kube.plugins.module_utils._build.context import entries
from ansible_collections.roro.kube.plugins.module_utils._errors import BuildError

NAMES = ("a", "b", "ab", "a.txt", "b.log", ".git", "c d", "x^y", "$v", "[z]", "src", "é", "a+b")
PARTS = (
    *(
        "a",
        "b",
        "*",
        "**",
        "?",
        "[ab]",
        "a*",
        "*.txt",
        "*.log",
        ".git",
        "c d",
        "..",
        ".",
        "",
        "[^a]",
        "x^y",
        "x^*",
        "$v",
        "a**",
        "**b",
        "[!a]",
    ),
    *("src", "é", "\\*", "\\a", "\\.", "\\d", "***", "a+b", ".*", "#a", "!", "[a-z]*", "**a**", "[z]", "\\[z\\]", "[a\\-z]", "[*]"),
)
ODD = ("[a-", "[", "\\", "[]]", "[]a]", "[[:alpha:]]", "[z-a]", "a[", "b]")


def oracle() -> ModuleType:
    file = Path(__file__).resolve().parents[2] / "oracles" / "go_oracle.py"
    spec = importlib.util.spec_from_file_location("go_oracle", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["go_oracle"] = module
    spec.loader.exec_module(module)
    return module


def grow(folder: Path, chance: random.Random, depth: int = 0) -> None:
    for name in chance.sample(NAMES, chance.randint(2, 5)):
        if depth < 3 and chance.random() < 0.5:
            (folder / name).mkdir()
            grow(folder / name, chance, depth + 1)
        else:
            (folder / name).touch()


def pattern(chance: random.Random, parts: tuple[str, ...]) -> str:
    text = "/".join(chance.choice(parts) for _ in range(chance.randint(1, 4)))
    text = f"!{text}" if chance.random() < 0.3 else text
    text = f"/{text}" if chance.random() < 0.1 else text
    text = f"{text}/" if chance.random() < 0.1 else text
    return f" {text} " if chance.random() < 0.05 else text


def seen(context: Path, dockerfile: Path, text: str) -> list[str] | None:
    """None where the patterns are refused."""
    dockerfile.with_name(f"{dockerfile.name}.dockerignore").write_text(text)
    try:
        paths = [f"{one.path}/" if one.kind == "folder" else one.path for one in entries(context, dockerfile)]
    except BuildError:
        return None
    return sorted(paths, key=str.encode)


@pytest.mark.skipif(shutil.which("go") is None, reason="the real BuildKit rules are built with Go")
@pytest.mark.parametrize("parts", [PARTS, PARTS + ODD], ids=["what people write", "what nobody should"])
def test_a_context_must_hold_what_buildkit_would_send(tmp_path: Path, parts: tuple[str, ...]) -> None:
    chance = random.Random(20261201)
    trees = [tmp_path / f"tree{number}" for number in range(12)]
    for tree in trees:
        tree.mkdir()
        grow(tree, chance)
    cases = [(chance.choice(trees), "\n".join(pattern(chance, parts) for _ in range(chance.randint(1, 5)))) for _ in range(400)]
    asked = "\n".join(json.dumps({"dir": str(tree), "ignore": text}) for tree, text in cases)
    done = subprocess.run([oracle().built("dockerignore")], input=asked, capture_output=True, text=True, check=True)
    for (tree, text), line in zip(cases, done.stdout.splitlines(), strict=True):
        answer = json.loads(line)
        assert seen(tree, tmp_path / "Dockerfile", text) == (None if answer["error"] else answer["paths"]), repr(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", ["Dockerfile", "a.log", "src/", "src/a.log", "src/main.py"]),
        ("*.log", ["Dockerfile", "src/", "src/a.log", "src/main.py"]),
        ("**/*.log", ["Dockerfile", "src/", "src/main.py"]),
        ("*\n!src/main.py", ["src/", "src/main.py"]),
        ("/src/", ["Dockerfile", "a.log"]),
        ("# src\n\n  src  ", ["Dockerfile", "a.log"]),
        ("\ufeffsrc\r\na.log\r\n", ["Dockerfile"]),
    ],
)
def test_common_patterns_must_do_what_people_expect(tmp_path: Path, text: str, left: list[str]) -> None:
    context = tmp_path / "context"
    (context / "src").mkdir(parents=True)
    for name in ("Dockerfile", "a.log", "src/a.log", "src/main.py"):
        (context / name).touch()
    assert seen(context, tmp_path / "Dockerfile", text) == left


def test_the_ignore_file_beside_the_dockerfile_must_win(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("*")
    (tmp_path / "Dockerfile").touch()
    assert [one.path for one in entries(tmp_path, tmp_path / "Dockerfile")] == []
    (tmp_path / "Dockerfile.dockerignore").write_text("none")
    assert [one.path for one in entries(tmp_path, tmp_path / "Dockerfile")] == [".dockerignore", "Dockerfile", "Dockerfile.dockerignore"]


def test_a_pattern_that_no_builder_takes_must_be_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("src/[a-")
    (tmp_path / ".dockerignore").write_text("[a-")
    with pytest.raises(BuildError) as told:
        list(entries(tmp_path, tmp_path / "Dockerfile"))
    assert str(tmp_path / ".dockerignore") in str(told.value)
