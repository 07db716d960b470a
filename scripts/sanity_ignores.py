"""Prints what `ansible-test sanity` is told to leave out, for one Python: `scripts/sanity_ignores.py 3.11 > ignore-2.19.txt`.

scripts/sanity does so at each run, for the ansible-core that it runs, so a new file needs no line of its own. What is left out:

import: this check runs each file in an environment without any package. The modules, and what they import first, guard against
missing packages and pass; the engine's own files need them, directly or through each other. tests/unit/ansible_face imports every
file with the packages.
pylint disallowed-name: `_` is a value that is not used, not the function of gettext.
pylint unidiomatic-typecheck: where a value came from a template, only the type itself counts, not what was derived from it.
pylint unsupported-binary-operation: it reads the engine as Python 3.8, which cannot run `A = B | None`; 3.11 is the oldest here.
yamllint: files of Kubernetes objects hold several documents.
"""

from __future__ import annotations

import ast
import builtins
import functools
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
ENGINE = TOP / "plugins" / "module_utils"
BUILT = ENGINE / "_render" / "handlebars" / "_script.py"  # put in by the build, not of this repository
IMPORT = "import-{python}!skip # needs the packages of requirements.txt; the modules guard against their absence"
UNUSED = "pylint:disallowed-name # a value that is not used"
EXACT_TYPE = "pylint:unidiomatic-typecheck # the type itself, not one derived from it"
UNION = "pylint:unsupported-binary-operation # a union of types, which Python 3.11 can run"
DOCUMENTS = "yamllint:multiple-yaml-documents # Kubernetes objects, one document each"


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
    candidates += behind(base / "__init__.py", {alias.name for alias in node.names})
    return [path for path in candidates if path.exists()]


@functools.cache
def lazy_names(init: Path) -> dict[str, Path]:
    """Name -> the file that a lazy front door (`_lazily.py`) loads when it is asked for."""
    if not init.exists():
        return {}
    blocks = [node for node in ast.parse(init.read_text()).body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    found: dict[str, Path] = {}
    for node in (node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)):
        if node.level == 1 and node.module:
            file = init.parent.joinpath(*node.module.split(".")).with_suffix(".py")
            found.update((alias.name, file) for alias in node.names)
    return found


def behind(init: Path, names: set[str]) -> list[Path]:
    """The files behind a front door that asking for these names loads."""
    return [file for name, file in lazy_names(init).items() if name in names]


def not_importable(files: list[Path]) -> list[Path]:
    """The files that need a package, directly or through another file."""
    imports = {file: top_level_imports(file) for file in files}
    needing = {file for file, (packages, _files) in imports.items() if packages}
    while more := {file for file, (_packages, others) in imports.items() if file not in needing and others & needing}:
        needing |= more
    return sorted(needing)


def names_unused(file: Path) -> bool:
    """Whether something is called `_`."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    assigned = any(isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store) for node in nodes)
    captured = any(isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name == "_" for node in nodes)
    functions = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    arguments = [arg for function in functions for arg in ast.walk(function.args) if isinstance(arg, ast.arg)]
    return assigned or captured or any(arg.arg == "_" for arg in arguments)


def compares_types(file: Path) -> bool:
    """Whether `type(x)` is compared with a type."""
    compared = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Compare)]
    return any(
        _is_type_of(node.left) and isinstance(node.ops[0], (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)) and not _is_type_of(node.comparators[0])
        for node in compared
    )


def _is_type_of(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) == 1


def unites_types(file: Path) -> bool:
    """Whether types are united by `|` where that is run: not in annotations, and only where pylint looks."""
    tree = ast.parse(file.read_text())
    annotations: list[ast.AST] = [node for node in ast.walk(tree) if isinstance(node, (ast.arg, ast.AnnAssign))]
    annotations += [node.returns for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns]
    postponed = {inner for annotation in annotations for inner in ast.walk(annotation)}
    places = [node for node in ast.walk(tree) if isinstance(node, (ast.Assign, ast.Tuple, ast.List)) and node not in postponed]
    inside = [child for place in places for child in ast.iter_child_nodes(place)]
    united = [node for node in inside if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)]
    return any(_is_type(node.left) or _is_type(node.right) for node in united)


def _is_type(node: ast.expr) -> bool:
    """Told by its name: a class in CapWords, or a built-in type; also a union of some."""
    if isinstance(node, ast.BinOp):
        return _is_type(node.left) or _is_type(node.right)
    if isinstance(node, ast.Subscript):
        return _is_type(node.value)
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return isinstance(getattr(builtins, name, None), type) or (name[:1].isupper() and not name.isupper())


def ignores(python: str) -> list[str]:
    """The lines for this Python, such as 3.11."""
    plugins = sorted(file for file in ENGINE.parent.rglob("*.py") if file != BUILT)
    engine = [file for file in plugins if file.is_relative_to(ENGINE)]
    lines = [(file, IMPORT.format(python=python)) for file in not_importable(engine)]
    lines += [(file, UNUSED) for file in plugins if names_unused(file)]
    lines += [(file, UNION) for file in plugins if unites_types(file)]
    lines += [(file, EXACT_TYPE) for file in plugins if compares_types(file)]
    lines += [(file, DOCUMENTS) for file in (TOP / "roles").rglob("files/**/*.yaml") if "\n---" in file.read_text()]
    return [f"{file.relative_to(TOP)} {what}" for file, what in sorted(lines)]


if __name__ == "__main__":
    print("\n".join(ignores(sys.argv[1])))
