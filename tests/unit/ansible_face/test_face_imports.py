# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ansible-test's import check is told to leave out is imported here, with the packages there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
