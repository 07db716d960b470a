"""Variables that were encrypted by themselves go to the engine as secret ones."""

from __future__ import annotations

from pathlib import Path

from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.roro.kube.plugins.module_utils._secrets import Secrets, secret_leaves
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, load
from ansible_collections.roro.kube.plugins.plugin_utils._vaulted import with_vaulted_apart


def vaulted(text: str) -> str:
    """A text as Ansible has it after it decrypted it."""
    from ansible._internal._datatag._tags import VaultedValue

    ciphertext = VaultLib([("default", VaultSecret(b"pw"))]).encrypt(text).decode()
    tagged: str = VaultedValue(ciphertext=ciphertext).tag(text)
    return tagged


def test_vaulted_texts_must_be_moved_key_by_key() -> None:
    given = {"plain": "a", "password": vaulted("s3cr3t"), "db": {"host": "h", "password": vaulted("p")}, "list": ["x", vaulted("y")]}
    found = with_vaulted_apart({"workspace": ".", "variables": given, "secret_variables": {"db": {"token": "t"}}})
    assert found["variables"] == {"plain": "a", "db": {"host": "h"}}
    assert found["secret_variables"] == {"password": "s3cr3t", "db": {"password": "p", "token": "t"}, "list": ["x", "y"]}


def test_arguments_without_vaulted_texts_must_stay_as_they_are() -> None:
    for arguments in ({"variables": {"a": {"b": ["c"]}}}, {"workspace": "."}, {"variables": "a=b"}):
        assert with_vaulted_apart(arguments) == arguments


def test_secret_variables_must_be_merged_over_the_others_and_marked(tmp_path: Path) -> None:
    for name, text in (
        ("workspace.json", '{"version": 1, "name": "shop"}'),
        ("environments/dev/environment.json", "{}"),
        ("apps/api/app.json", '{"variables": {"db": {"host": "h", "password": "weak"}}}'),
        ("apps/api/manifests/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    request = Request(tmp_path, "dev", variables={"db": {"port": 1}}, secret_variables={"db": {"password": "s3cr3t", "pin": 1234}})
    (instance,) = load(request).instances
    assert instance.variables["db"].value == {"host": "h", "port": 1, "password": "s3cr3t", "pin": "1234"}
    assert [str.__str__(text) for text in secret_leaves(instance.variables["db"].value)] == ["s3cr3t", "1234"]
    assert "s3cr3t" not in repr(request)
    assert Secrets([instance.variables["db"].value]).hide("x=s3cr3t") == "x=<hidden>"
