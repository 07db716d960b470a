"""The module crd_value_info and the lookup crd_value, as a playbook uses them."""

from __future__ import annotations

import base64
from typing import Any

PLAY = """
- hosts: localhost
  gather_facts: false
  vars:
    database: {api_version: GROUP/v1, kind: Database, name: main, namespace: NAMESPACE}
  tasks:
    - name: Host
      roro.kube.crd_value_info:
        api_version: GROUP/v1
        kind: Database
        name: main
        namespace: NAMESPACE
        path: $.spec.port
      register: port
    - name: Password
      roro.kube.crd_value_info: {kind: Secret, name: db, namespace: NAMESPACE, path: $.data.password}
      register: password
    - name: Missing
      roro.kube.crd_value_info: {kind: ConfigMap, name: gone, namespace: NAMESPACE, path: $.data.x}
      register: missing
      ignore_errors: true
    - name: Default
      roro.kube.crd_value_info: {kind: ConfigMap, name: gone, namespace: NAMESPACE, path: $.data.x, default: [1, 2]}
      register: fallback
    - name: Check
      ansible.builtin.assert:
        that:
          - port.value == 5432 and port.found and not port.secret
          - password.value == "s3cr3t-pw" and password.secret
          - missing.reason == "NotFound" and missing.problems | length == 1
          - fallback.value == [1, 2] and not fallback.found
          - lookup("roro.kube.crd_value", "$.spec.port", **database) == 5432
          - lookup("roro.kube.crd_value", "{.spec.port}!", **database) == "5432!"
          - lookup("roro.kube.crd_value", "$.data.x", kind="ConfigMap", name="gone", namespace="NAMESPACE", default="none") == "none"
      no_log: false
    - name: Broken
      ansible.builtin.set_fact:
        x: '{{ lookup("roro.kube.crd_value", "$.data.x", kind="ConfigMap", name="gone", namespace="NAMESPACE") }}'
"""


def test_a_playbook_must_read_values_and_never_show_a_secret(databases: Any) -> None:
    databases.create("Database", "main", f"{databases.group}/v1", spec={"port": 5432})
    databases.create("Secret", "db", data={"password": base64.b64encode(b"s3cr3t-pw").decode()})
    play = databases.root / "play.yml"
    play.write_text(PLAY.replace("GROUP", databases.group).replace("NAMESPACE", databases.namespace))
    ran = databases.run("ansible-playbook", "-i", "localhost,", "-c", "local", "-vvv", str(play))
    assert "All assertions passed" in ran.stdout, ran.stdout + ran.stderr
    assert "s3cr3t-pw" not in ran.stdout.replace('password.value == "s3cr3t-pw"', "").replace('password.value == \\"s3cr3t-pw\\"', "")
    assert ran.returncode != 0, "the last task asks for what is not there"
    assert "NotFound" in ran.stdout and f"ConfigMap {databases.namespace}/gone is not there" in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr


UP = """
- hosts: localhost
  gather_facts: false
  vars_files: [vaulted.yml]
  tasks:
    - name: Up
      ansible.builtin.import_role: {name: roro.kube.deploy}
      vars:
        roro_workspace: WORKSPACE
        roro_environment: dev
        roro_variables: {vaulted: "{{ one_by_one }}", plain: shown}
        roro_secret_variables: {given: g1v3n-s3cr3t}
"""
SETTINGS = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  vaulted: {{ vaulted }}
  given: {{ given }}
  both: {{ both }}
  plain: {{ plain }}
"""


def test_vaulted_and_secret_variables_must_reach_the_cluster_and_no_output(scene: Any) -> None:
    scene.app("api", {"settings.yaml.j2": SETTINGS}, variables={"both": "{{ vaulted }}:{{ given }}"})
    (scene.root / "password").write_text("pw")
    encrypted = scene.run(
        "ansible-vault", "encrypt_string", "--vault-password-file", str(scene.root / "password"), "v4ult-s3cr3t", "--name", "one_by_one"
    )
    (scene.root / "vaulted.yml").write_text(encrypted.stdout)
    (scene.root / "play.yml").write_text(UP.replace("WORKSPACE", str(scene.root)))
    ran = scene.run(
        "ansible-playbook", "-i", "localhost,", "-c", "local", "--vault-password-file", str(scene.root / "password"),
        "-vvv", "--diff", str(scene.root / "play.yml"),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    data = scene.get("ConfigMap", "settings")["data"]
    assert data == {"vaulted": "v4ult-s3cr3t", "given": "g1v3n-s3cr3t", "both": "v4ult-s3cr3t:g1v3n-s3cr3t", "plain": "shown"}
    shown = ran.stdout + ran.stderr
    assert "v4ult-s3cr3t" not in shown and "g1v3n-s3cr3t" not in shown
    assert "plain: shown" in shown, "the diff is there, and shows what may be shown"
