# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Charts and kustomizations that tests write, and the commands that render them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import CLUSTER_TOOLS
from ansible_collections.roro.kube.plugins.module_utils._render.commands import find_command

SETTINGS = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  mode: {{ .Values.mode | quote }}
"""


def helm_command() -> Path:
    """Helm, built once for this machine where it is not installed."""
    return find_command("helm") or CLUSTER_TOOLS.ensure("helm", lambda *_: None) / "helm"


def kubectl_command() -> Path:
    """kubectl, of this machine or of the local cluster's tools."""
    return find_command("kubectl") or CLUSTER_TOOLS.ensure("kubernetes", lambda *_: None) / "kubectl"


def write_tree(folder: Path, files: Mapping[str, str]) -> Path:
    """Files below a folder, by path."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def chart(folder: Path, templates: Mapping[str, str], values: str = "mode: fast\n", more: str = "") -> Path:
    """A chart named `web` in this folder."""
    document = f"apiVersion: v2\nname: web\nversion: 0.1.0\n{more}"
    return write_tree(folder, {"Chart.yaml": document, "values.yaml": values, **{f"templates/{n}": t for n, t in templates.items()}})


def documents(text: str) -> list[Any]:
    """The documents of a text as PyYAML reads them, sorted by what they are."""
    found = [item for item in yaml.safe_load_all(text) if item]
    return sorted(found, key=lambda item: (item["kind"], item["metadata"]["name"]))


def said(*words: str | Path, folder: Path | None = None) -> str:
    """What a command prints. It must end well."""
    return subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, text=True, check=True).stdout
