# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ansible-test's import check is told to leave out is imported here, with the packages there."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

TOP = Path(__file__).parents[3]
ENGINE = TOP / "plugins" / "module_utils"
IN_ONE_PROCESS = """
import importlib, sys
for name in sys.stdin.read().split():
    importlib.import_module("ansible_collections.roro.kube.plugins.module_utils" + name)
"""


def test_each_file_of_the_engine_must_import_with_the_packages_of_its_requirements():
    files = [file for file in sorted(ENGINE.rglob("*.py"), reverse=True) if file.name != "__main__.py"]
    names = ["." + ".".join(file.relative_to(ENGINE).with_suffix("").parts).removesuffix(".__init__") for file in files]
    ran = subprocess.run([sys.executable, "-c", IN_ONE_PROCESS], input="\n".join(names), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-4000:]


def how_to_read_imports() -> ModuleType:
    """scripts/sanity_ignores.py, which tells ansible-test what needs packages."""
    spec = importlib.util.spec_from_file_location("sanity_ignores", TOP / "scripts" / "sanity_ignores.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_engine_must_have_no_circle_of_imports():
    files = [file for file in ENGINE.rglob("*.py") if file.name != "__main__.py"]
    ignores = how_to_read_imports()
    graph = {}
    for file in files:
        above = {file, *ignores.own_packages(file)}
        imported = ignores.top_level_imports(file)[1] - above
        graph[file] = imported | {package for other in imported for package in ignores.own_packages(other)} - above
    TopologicalSorter(graph).prepare()
