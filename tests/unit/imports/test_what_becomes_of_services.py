"""What a Compose project becomes: apps with manifests that render, documents that are valid, and a word about everything that is lost."""

from __future__ import annotations

import base64
import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError
from ansible_collections.roro.kube.plugins.module_utils._import import Imported, Wanted, import_compose, write_files
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, config

from roro.yaml_output import yaml_text

sys.path.insert(0, str(Path(__file__).parent))

from random_projects import write

CORPUS = sorted(path for path in (Path(__file__).resolve().parents[2] / "corpus" / "compose").iterdir() if path.is_dir())


class Result:
    """A project that was imported into `folder`, with the manifests that its workspace comes to."""

    def __init__(self, imported: Imported, folder: Path) -> None:
        self.imported, self.folder = imported, folder

    def document(self, app: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.imported.files[f"apps/{app}/app.json"])
        return found

    def objects(self, app: str) -> list[dict[str, Any]]:
        report = config(Request(workspace=self.folder, profiles=("*",), instances=(app,)), rendered=True)
        return [manifest.object for item in report.rendered if item.instance.id == app for manifest in item.result.manifests]

    def one(self, app: str, kind: str) -> dict[str, Any]:
        (found,) = [each for each in self.objects(app) if each["kind"] == kind]
        return found

    def container(self, app: str) -> dict[str, Any]:
        kinds = ("Deployment", "StatefulSet", "DaemonSet", "Job")
        (workload,) = [each for each in self.objects(app) if each["kind"] in kinds]
        found: dict[str, Any] = workload["spec"]["template"]["spec"]["containers"][0]
        return found

    def told(self, path: str) -> list[str]:
        return [f"{remark.where}: {remark.message}" for remark in self.imported.remarks if remark.path == path]


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Result]:
    """Imports a project of one file, given as text; `files` beside it."""

    def make(text: str, files: dict[str, str] | None = None, **wanted: Any) -> Result:
        project, into = tmp_path / "project", tmp_path / "workspace"
        project.mkdir(exist_ok=True)
        (project / "compose.yaml").write_text(text)
        for name, content in (files or {}).items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(content)
        found = import_compose(Wanted(project, **wanted), into, yaml_text)
        write_files(into, found.files, found.private)
        return Result(found, into)

    return make


@pytest.mark.parametrize("folder", CORPUS, ids=lambda folder: folder.name)
def test_every_project_must_become_a_workspace_that_renders(folder: Path, tmp_path: Path) -> None:
    found = import_compose(Wanted(folder, environment={"TAG": "9"}), tmp_path / "w", yaml_text)
    write_files(tmp_path / "w", found.files, found.private)
    report = config(Request(workspace=tmp_path / "w", profiles=("*",)), rendered=True)
    assert sorted(item.instance.id for item in report.rendered) or found.apps
    assert all(remark.where and remark.message for remark in found.remarks), "each with a file and a line"


def test_random_projects_must_become_workspaces_that_render(tmp_path: Path) -> None:
    refused = 0
    for seed in range(40):
        folder = tmp_path / str(seed)
        folder.mkdir()
        case = write(folder, seed)
        try:
            found = import_compose(Wanted(folder, tuple(map(Path, case["files"])), case["environment"]), folder / "w", yaml_text)
        except DocumentError as error:
            assert "network_mode and networks exclude each other" in str(error)
            refused += 1
            continue
        write_files(folder / "w", found.files, found.private)
        report = config(Request(workspace=folder / "w", profiles=("one", "two", "three")), rendered=True)
        assert {item.instance.id for item in report.rendered} == set(found.apps)
    assert refused < 10


def test_a_service_must_become_a_deployment_a_service_and_a_forward(imported: Callable[..., Result]) -> None:
    found = imported("services: {web: {image: nginx:1, ports: ['8080:80'], command: [a, b], environment: {A: '1'}}}")
    deployment = found.one("web", "Deployment")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert (container["image"], container["args"], container["env"]) == ("nginx:1", ["a", "b"], [{"name": "A", "value": "1"}])
    assert found.one("web", "Service")["spec"]["ports"] == [{"name": "tcp-80", "port": 80, "targetPort": 80, "protocol": "TCP"}]
    assert found.document("web")["forwards"] == [{"name": "tcp-80", "target": "service/{{ instance }}", "port": 80, "localPort": 8080}]
    assert found.document("web")["variables"] == {"image": "nginx:1", "replicas": 1}


def test_a_service_without_ports_must_be_reachable_on_every_port(imported: Callable[..., Result]) -> None:
    service = imported("services: {db: {image: postgres}}").one("db", "Service")
    assert service["spec"]["clusterIP"] == "None"
    assert "ports" not in service["spec"]


def test_a_service_with_a_volume_of_its_own_must_keep_its_data(imported: Callable[..., Result]) -> None:
    found = imported("services: {db: {image: p, volumes: ['data:/data']}}\nvolumes: {data: {driver_opts: {size: 2g}}}")
    spec = found.one("db", "StatefulSet")["spec"]
    assert spec["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] == "2Gi"
    assert spec["template"]["spec"]["containers"][0]["volumeMounts"] == [{"name": "data", "mountPath": "/data"}]


def test_a_volume_of_several_services_must_be_one_claim(imported: Callable[..., Result]) -> None:
    text = "services: {a: {image: i, volumes: ['both:/v']}, b: {image: i, volumes: ['both:/w:ro']}}\nvolumes: {both: {}}"
    found = imported(text)
    assert found.one("shared", "PersistentVolumeClaim")["metadata"]["name"] == "both"
    for app in "ab":
        volumes = found.one(app, "Deployment")["spec"]["template"]["spec"]["volumes"]
        assert volumes == [{"name": "both", "persistentVolumeClaim": {"claimName": "both"}}]
        assert found.document(app)["dependsOn"] == {"shared": {"condition": "started"}}


def test_what_others_wait_for_until_it_completed_must_be_a_job(imported: Callable[..., Result]) -> None:
    text = """
services:
  api: {image: i, depends_on: {migrate: {condition: service_completed_successfully}, db: {condition: service_healthy, required: false}}}
  migrate: {image: i, depends_on: [db]}
  db: {image: i}
"""
    found = imported(text)
    job = found.one("migrate", "Job")
    assert job["spec"]["backoffLimit"] == 0
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"
    assert found.document("api")["dependsOn"] == {"migrate": {"condition": "completed"}, "db": {"condition": "healthy", "required": False}}
    assert found.document("migrate")["dependsOn"] == {"db": {"condition": "started"}}
    assert found.document("migrate")["onImmutable"] == "recreate"


def test_a_secret_value_must_stand_only_in_a_file_that_its_owner_may_read(imported: Callable[..., Result]) -> None:
    text = """
services:
  db:
    image: i
    environment: {DB_PASSWORD: "${PW}", URL: "postgres://u:${PW}@db/x", PLAIN: visible}
    secrets: [key, lines]
secrets: {key: {environment: PW}, lines: {file: lines.txt}}
"""
    found = imported(text, {"lines.txt": "one'\ntwo\n"}, environment={"PW": "hunter2 with blanks"})
    holding = [path for path in found.folder.rglob("*") if path.is_file() and "hunter2" in path.read_text()]
    assert [path.name for path in holding] == ["secrets.env"]
    assert stat.S_IMODE(holding[0].stat().st_mode) == 0o600
    assert (holding[0].parent / ".gitignore").read_text() == "secrets.env\n"
    data = {key: base64.b64decode(value).decode() for key, value in found.one("db", "Secret")["data"].items()}
    assert data["DB_PASSWORD"] == data["key"] == "hunter2 with blanks"
    assert data["URL"] == "postgres://u:hunter2 with blanks@db/x"
    assert data["lines"] == "one'\ntwo\n"
    assert {"name": "PLAIN", "value": "visible"} in found.container("db")["env"]


def test_a_secret_in_a_command_or_build_must_not_stand_in_a_manifest(imported: Callable[..., Result]) -> None:
    text = """
services:
  r:
    image: i
    build: {context: ., args: {NPM: "${NPM_TOKEN_X}"}}
    command: ["--pass", "${R_PASSWORD}", "--x=a$$${R_PASSWORD}b"]
"""
    found = imported(text, environment={"R_PASSWORD": "open-sesame", "NPM_TOKEN_X": "npm-secret"})
    container = found.container("r")
    assert container["args"] == ["--pass", "$(R_PASSWORD)", "--x=a$$$(R_PASSWORD)b"], "the kubelet makes a dollar of two"
    assert [each["name"] for each in container["env"]] == ["R_PASSWORD"]
    assert base64.b64decode(found.one("r", "Secret")["data"]["R_PASSWORD"]) == b"open-sesame"
    for path in found.folder.rglob("*"):
        if path.is_file() and path.name != "secrets.env":
            assert "open-sesame" not in path.read_text()
            assert "npm-secret" not in path.read_text()


def test_keys_that_are_mounted_must_be_secrets(imported: Callable[..., Result]) -> None:
    text = "services: {w: {image: i, volumes: ['./server.key:/etc/server.key:ro', './tls:/tls:ro', './plain.conf:/plain:ro']}}"
    found = imported(text, {"server.key": "PRIVATE-1\n", "tls/a.pem": "PRIVATE-2", "tls/readme": "x", "plain.conf": "p"})
    holding = {path.name for path in found.folder.rglob("*") if path.is_file() and "PRIVATE" in path.read_text()}
    assert holding <= {"secrets.env"}
    data = {key: base64.b64decode(value).decode() for key, value in found.one("w", "Secret")["data"].items()}
    assert data == {"etc_server.key": "PRIVATE-1\n", "tls_a.pem": "PRIVATE-2", "tls_readme": "x"}
    mounts = {mount["mountPath"]: mount.get("subPath") for mount in found.container("w")["volumeMounts"]}
    assert mounts == {"/etc/server.key": "etc_server.key", "/tls": None, "/plain": "plain"}
    assert found.one("w", "ConfigMap")["data"] == {"plain": "p"}


def test_braces_and_dollars_of_a_project_must_reach_the_container_as_they_are(imported: Callable[..., Result]) -> None:
    text = """
services:
  web:
    image: "i:{{x"
    command: ["{{ a }}", "{% b %}", "{# c", "$$(HOME) $$$$x"]
    environment: {T: "{{ not ours }}", E: "$$(A)"}
    volumes: ["./t.conf:/t.conf:ro"]
"""
    found = imported(text, {"t.conf": "{{ keep }} {% raw %}\n"})
    container = found.container("web")
    assert container["image"] == "i:{{x"
    # the kubelet makes $ of $$, and so gives the container what Compose does
    assert container["args"] == ["{{ a }}", "{% b %}", "{# c", "$$(HOME) $$$$x"]
    assert container["env"] == [{"name": "T", "value": "{{ not ours }}"}, {"name": "E", "value": "$$(A)"}]
    assert found.one("web", "ConfigMap")["data"] == {"t.conf": "{{ keep }} {% raw %}\n"}


def test_a_healthcheck_must_say_when_it_is_ready_and_never_restart(imported: Callable[..., Result]) -> None:
    check = "{test: 'curl -f http://localhost:80/up || exit 1', interval: 30s, timeout: 3s, retries: 4, start_interval: 2s}"
    found = imported(f"services: {{web: {{image: i, expose: [80], healthcheck: {check}}}}}")
    container = found.container("web")
    assert container["readinessProbe"] == {
        "exec": {"command": ["/bin/sh", "-c", "curl -f http://localhost:80/up || exit 1"]},
        "periodSeconds": 30,
        "timeoutSeconds": 3,
        "failureThreshold": 4,
    }
    assert container["startupProbe"]["periodSeconds"] == 2
    assert container["startupProbe"]["failureThreshold"] * 2 >= 24 * 3600
    assert "livenessProbe" not in container
    assert found.document("web")["health"][0]["http"] == {"target": "service/{{ instance }}", "port": 80, "path": "/up"}


def test_limits_must_not_become_reservations(imported: Callable[..., Result]) -> None:
    found = imported("services: {a: {image: i, deploy: {resources: {limits: {cpus: '0.5', memory: 50M}}}}}")
    assert found.container("a")["resources"] == {"requests": {"cpu": "0", "memory": "0"}, "limits": {"cpu": "500m", "memory": "50Mi"}}


def test_files_must_come_along_and_folders_of_this_machine_be_told(imported: Callable[..., Result]) -> None:
    text = """
services:
  web:
    image: i
    volumes: ["./one.conf:/etc/one.conf:ro", "./many:/etc/many:ro", "./src:/src", "./new:/new", "/var/run/docker.sock:/s"]
"""
    found = imported(text, {"one.conf": "1", "many/a": "a", "many/b": "b", "src/x.py": "x"})
    mounts = {mount["mountPath"]: mount for mount in found.container("web")["volumeMounts"]}
    assert mounts["/etc/one.conf"]["subPath"] == "etc_one.conf"
    assert set(mounts) == {"/etc/one.conf", "/etc/many", "/new"}
    assert {"etc_one.conf", "a", "b"} == {key for each in found.objects("web") if each["kind"] == "ConfigMap" for key in each["data"]}
    assert "src is not mounted at /src" in found.told("services.web.volumes./src")[0]
    assert found.told("services.web.volumes./s")[0].startswith("compose.yaml:5:")
    assert found.one("web", "StatefulSet")["spec"]["volumeClaimTemplates"][0]["metadata"]["name"] == "new"


def test_a_build_must_be_kept_and_told(imported: Callable[..., Result]) -> None:
    text = "services: {web: {build: {context: ./web, dockerfile: D, target: prod, args: {A: 1}}}}"
    found = imported(text)
    kept = found.document("web")["x-build"]
    assert kept == {"context": "../../../project/web", "dockerfile": "D", "target": "prod", "args": {"A": "1"}}
    assert found.document("web")["variables"]["image"] == "project-web:latest"
    assert "does not build" in found.told("services.web.build")[0]


def test_profiles_must_come_along_or_be_chosen(imported: Callable[..., Result]) -> None:
    text = "services: {a: {image: i}, b: {image: i, profiles: [debug]}, c: {image: i, profiles: [other]}}"
    assert imported(text).document("b")["profiles"] == ["debug"]
    chosen = imported(text, profiles=("debug",))
    assert set(chosen.imported.apps) == {"a", "b"}


def test_other_names_of_a_service_must_lead_to_it(imported: Callable[..., Result]) -> None:
    text = """
services:
  my_api: {image: i, container_name: the-api, networks: {n: {aliases: [backend]}}}
  web: {image: i, links: ["my_api:db"]}
networks: {n: }
"""
    found = imported(text)
    names = {each["metadata"]["name"] for each in found.objects("my-api") if each["kind"] == "Service"}
    assert names == {"my-api", "the-api", "backend", "db"}
    assert "reached by that name" in found.told("services.my_api")[0]


def test_security_must_come_along(imported: Callable[..., Result]) -> None:
    text = """
services:
  a:
    image: i
    user: "1000:2000"
    read_only: true
    cap_drop: [ALL]
    cap_add: [CAP_CHOWN]
    security_opt: ["no-new-privileges:true"]
    tmpfs: ["/tmp:size=1m"]
    shm_size: 64m
"""
    found = imported(text)
    assert found.container("a")["securityContext"] == {
        "runAsUser": 1000,
        "runAsGroup": 2000,
        "readOnlyRootFilesystem": True,
        "capabilities": {"add": ["CHOWN"], "drop": ["ALL"]},
        "allowPrivilegeEscalation": False,
    }
    volumes = found.one("a", "Deployment")["spec"]["template"]["spec"]["volumes"]
    assert [volume["emptyDir"]["sizeLimit"] for volume in volumes] == ["1Mi", "64Mi"]


def test_jobs_must_run_by_schedule_or_by_name(imported: Callable[..., Result]) -> None:
    text = "services: {s: {image: i}}\njobs: {n: {image: i, triggers: {schedule: ['0 3 * * *']}}, m: {image: i, triggers: {manual: true}}}"
    found = imported(text)
    assert found.one("n", "CronJob")["spec"]["schedule"] == "0 3 * * *"
    assert found.one("m", "Job")
    assert found.document("m")["profiles"] == ["by-hand"]


def test_a_key_without_an_equivalent_must_be_told_with_its_line(imported: Callable[..., Result]) -> None:
    found = imported("services:\n  a:\n    image: i\n    ulimits: {nofile: 3}\n    logging: {driver: x}\n")
    assert found.told("services.a.ulimits")[0].startswith("compose.yaml:4:5: ")
    assert found.told("services.a.logging")[0].startswith("compose.yaml:5:5: ")


def test_nothing_must_be_said_where_everything_is_carried_over(imported: Callable[..., Result]) -> None:
    found = imported("services: {a: {image: i, ports: ['80:80']}, b: {image: i, depends_on: [a], restart: always}}")
    assert found.imported.remarks == ()


def test_volumes_with_like_names_must_not_become_one(imported: Callable[..., Result]) -> None:
    found = imported("services: {db: {image: i, volumes: ['a_b:/x', 'a-b:/y']}}\nvolumes: {a_b: , a-b: }")
    templates = found.one("db", "StatefulSet")["spec"]["volumeClaimTemplates"]
    assert {template["metadata"]["name"] for template in templates} == {"a-b", "a-b-2"}


def test_a_variable_that_is_not_set_must_be_told(imported: Callable[..., Result]) -> None:
    found = imported("services:\n  a:\n    image: i:${TAG}${OTHER:-d}$$NO\n    environment:\n      FROM_SHELL:\n")
    assert found.told("services.a.image") == ["compose.yaml:3:5: the variable TAG is not set and is empty here"]
    assert found.told("services.a.environment.FROM_SHELL")[0].startswith("compose.yaml:5:7: FROM_SHELL has no value")


def test_a_hundred_services_must_be_imported_within_a_second(imported: Callable[..., Result], tmp_path: Path) -> None:
    """As processor time, against reading the same text with the YAML parser alone: measured 20 to 30 times that, 0.4 s on two cores."""
    import time

    service = {
        "image": "i:${TAG:-1}",
        "ports": ["80"],
        "environment": {f"V{number}": "x ${TAG:-1}" for number in range(10)},
        "volumes": ["./f.conf:/f.conf:ro", "d:/d"],
        "healthcheck": {"test": "true", "interval": "5s"},
        "deploy": {"resources": {"limits": {"cpus": "0.1", "memory": "10m"}}},
        "labels": ["a=b"],
    }
    text = json.dumps({"services": {f"s{number}": service for number in range(100)}, "volumes": {"d": None}})
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "f.conf").write_text("x")
    (tmp_path / "project" / "compose.yaml").write_text(text)
    begun = time.process_time()
    yaml.load(text, Loader=yaml.CSafeLoader)
    bare = time.process_time() - begun
    begun = time.process_time()
    import_compose(Wanted(tmp_path / "project"), tmp_path / "w", yaml_text)
    taken = time.process_time() - begun
    assert taken < max(1.0, 60 * bare), f"{taken:.2f} s, {taken / bare:.0f} times the parser"


def test_a_folder_that_holds_a_link_to_the_outside_must_not_be_read(imported: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("private")
    (tmp_path / "project" / "d").mkdir(parents=True)
    os.symlink(tmp_path / "outside.txt", tmp_path / "project" / "d" / "link")
    found = imported("services: {a: {image: i, volumes: ['./d:/d:ro', './d/link:/l:ro']}}")
    assert not any("private" in str(content) for content in found.imported.files.values())
    assert len(found.told("services.a.volumes./d") + found.told("services.a.volumes./l")) == 2
