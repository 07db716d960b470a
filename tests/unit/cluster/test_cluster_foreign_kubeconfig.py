"""A kubeconfig from somebody else's repository must neither run commands nor carry files of this machine away."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import ConnectionFailed
from ansible_collections.roro.kube.plugins.module_utils._model import Environment
from ansible_collections.roro.kube.plugins.module_utils._workflow import choose_cluster

EXEC = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "touch", "args": ["/trap"]}}


def kubeconfig(user: dict[str, Any], **cluster: Any) -> str:
    return json.dumps(
        {
            "current-context": "x",
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": "https://there.example", **cluster}}],
            "users": [{"name": "u", "user": user}],
        }
    )


def environment(root: Path, spelled: str) -> Environment:
    folder = root / "environments" / "dev"
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(os.path.normpath(folder / spelled))
    return Environment("dev", folder, folder / "environment.json", kubeconfig=path, raw={"kubeconfig": spelled})


def chosen(root: Path, spelled: str) -> Connection:
    return choose_cluster(Connection(), environment(root, spelled), {}, root=root)


@pytest.mark.parametrize(
    ("user", "cluster", "words"),
    [
        (EXEC, {}, "run commands"),
        ({"auth-provider": {"name": "gcp", "config": {"cmd-path": "/bin/sh"}}}, {}, "run commands"),
        ({"tokenFile": "/etc/hostname"}, {}, "tokenFile"),
        ({"client-certificate": "/a.crt", "client-key": "~/key"}, {}, "client-certificate"),
        ({"token": "t"}, {"certificate-authority": "../../../ca.crt"}, "certificate-authority"),
    ],
)
def test_commands_and_outside_files_must_be_refused(tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any], words: str) -> None:
    made = environment(tmp_path, "kube.json")
    (made.folder / "kube.json").write_text(kubeconfig(user, **cluster))
    with pytest.raises(ConnectionFailed, match=words) as caught:
        chosen(tmp_path, "kube.json")
    assert "--kubeconfig" in str(caught.value.problems[0].hint)


def test_a_link_to_a_file_outside_must_be_refused(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    made = environment(root, "kube.json")
    (tmp_path / "private").write_text("secret")
    (made.folder / "token").symlink_to(tmp_path / "private")
    (made.folder / "kube.json").write_text(kubeconfig({"tokenFile": "token"}))
    with pytest.raises(ConnectionFailed, match="tokenFile"):
        chosen(root, "kube.json")


@pytest.mark.parametrize("spelled", ["../../../elsewhere.json", "absolute"])
def test_a_kubeconfig_of_the_same_repository_must_count_as_brought_along(tmp_path: Path, spelled: str) -> None:
    root = tmp_path / "repository" / "workspace"
    target = tmp_path / "repository" / "elsewhere.json" if spelled != "absolute" else root / "kube.json"
    root.mkdir(parents=True)
    target.write_text(kubeconfig(EXEC))
    with pytest.raises(ConnectionFailed, match="run commands"):
        chosen(root, spelled if spelled != "absolute" else str(target))


def test_a_harmless_one_must_be_used(tmp_path: Path) -> None:
    made = environment(tmp_path, "kube.json")
    (made.folder / "ca.crt").write_text("pem")
    (made.folder / "kube.json").write_text(kubeconfig({"token": "t"}, **{"certificate-authority": "ca.crt"}))
    assert chosen(tmp_path, "kube.json").kubeconfig == str(made.folder / "kube.json")


def test_one_of_the_persons_own_may_run_commands(tmp_path: Path) -> None:
    own = tmp_path / "home" / "config"
    own.parent.mkdir()
    own.write_text(kubeconfig(EXEC))
    assert chosen(tmp_path / "workspace", str(own)).kubeconfig == str(own)
    asked = Connection(kubeconfig=str(own))
    assert choose_cluster(asked, environment(tmp_path / "workspace", "kube.json"), {}, root=tmp_path / "workspace") is asked
