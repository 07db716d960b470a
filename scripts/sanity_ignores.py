"""Writes tests/sanity/ignore-2.19.txt: what ansible-test cannot judge about the engine (plugins/module_utils).

import: runs each file in an environment without any package. The modules and what they import first guard against missing packages
and pass; the engine's own files need them, directly or through each other.
pylint: its rule set is for modules (`_` as a name and `X | None` are errors); ruff and mypy --strict check the engine.
replace-urlopen: means urllib's function; the engine cannot import Ansible's, and urllib3's method has the same name.
no-assert: the engine's asserts are invariants for the type checker, not checks of input.
yamllint: files of Kubernetes objects hold several documents.
Run it after adding a file or an import.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
ENGINE = TOP / "plugins" / "module_utils"
IGNORES = TOP / "tests" / "sanity" / "ignore-2.19.txt"
FACE = ENGINE / "_ansible_face"
BUILT = ENGINE / "_render" / "handlebars" / "_script.py"  # put in by the build, not of this repository
IMPORT = "import-3.11!skip # needs the packages of requirements.txt; the modules guard against their absence"
PYLINT = "pylint!skip # part of the engine, checked by ruff and mypy --strict"
ASSERT = "no-assert!skip # an invariant for the type checker, not a check of input"
DOCUMENTS = "yamllint:multiple-yaml-documents # Kubernetes objects, one document each"
URLOPEN = "replace-urlopen!skip # the engine imports nothing from Ansible"


def top_level_imports(file: Path) -> tuple[set[str], set[Path]]:
    """Third-party packages and own files that importing this file imports; what stands in functions, TYPE_CHECKING or try is left out."""
    packages: set[str] = set()
    files: set[Path] = set(own_packages(file))
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Import):
            packages.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            packages.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            files.update(relative(file, node))
    return packages - sys.stdlib_module_names - {"__future__", "ansible"}, files


def own_packages(file: Path) -> list[Path]:
    """The `__init__` files that Python runs before this file."""
    inits = [parent / "__init__.py" for parent in file.parents if parent.is_relative_to(ENGINE)]
    return [init for init in inits if init.exists() and init != file]


def relative(file: Path, node: ast.ImportFrom) -> list[Path]:
    """The files that `from ..x import y` may mean."""
    folder = file.parents[node.level - 1]
    base = folder.joinpath(*(node.module or "").split(".")) if node.module else folder
    candidates = [base.with_suffix(".py"), base / "__init__.py"]
    candidates += [path for alias in node.names for path in (base / f"{alias.name}.py", base / alias.name / "__init__.py")]
    return [path for path in candidates if path.exists()]


def not_importable(files: list[Path]) -> list[Path]:
    """The files that need a package, directly or through another file."""
    imports = {file: top_level_imports(file) for file in files}
    needing = {file for file, (packages, _files) in imports.items() if packages}
    while more := {file for file, (_packages, others) in imports.items() if file not in needing and others & needing}:
        needing |= more
    return sorted(needing)


def main() -> None:
    """Write the file anew."""
    files = sorted(file for file in ENGINE.rglob("*.py") if file != BUILT)
    lines = [(file, IMPORT) for file in not_importable(files)]
    lines += [(file, PYLINT) for file in files if not file.is_relative_to(FACE)]
    lines += [(file, URLOPEN) for file in files if "urlopen" in file.read_text()]
    lines += [(file, ASSERT) for file in files if any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(file.read_text())))]
    lines += [(file, DOCUMENTS) for file in (TOP / "roles").rglob("files/**/*.yaml") if "\n---" in file.read_text()]
    text = "".join(f"{file.relative_to(TOP)} {what}\n" for file, what in sorted(lines))
    IGNORES.parent.mkdir(parents=True, exist_ok=True)
    IGNORES.write_text(text)
    print(f"{IGNORES.relative_to(TOP)}: {len(lines)} lines")


if __name__ == "__main__":
    main()
