# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Ansible task: options in, result out. Knows the shape of both and nothing of Ansible itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import front
from .spec import LocalClusterSpec, Progress


def run_task(options: Mapping[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """Do what the options say; the result without Ansible's own keys. check: predict only. Raises RoroError."""
    name = str(options["name"])
    if options["state"] == "absent":
        return {"name": name, "changed": bool(front.status(name)) if check else front.down(name, progress)}
    version = options["kubernetes_version"]
    spec = LocalClusterSpec(
        name=name,
        provider=str(options["provider"]),
        simulated_nodes=int(options["simulated_nodes"]),
        only_simulated=bool(options["only_simulated"]),
        merge_kubeconfig=bool(options["merge_kubeconfig"]),
        kubernetes_version=None if version is None else str(version),
        audit=bool(options["audit"]),
    )
    if check:
        known = [status.as_record() for status in front.status(name)]
        return {"name": name, "changed": front.would_change(spec) or bool(options["images"]), **(known[0] if known else {})}
    cluster = front.up(spec, progress)
    images = [str(image) for image in options["images"]]
    loaded = front.load_images(name, images, progress) if images else False
    return {**cluster.as_record(), "changed": cluster.changed or loaded}
