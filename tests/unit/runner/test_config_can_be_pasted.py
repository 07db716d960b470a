"""What `roro config` prints must mean the same when it is written into the environment document."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError
from ansible_collections.roro.kube.plugins.module_utils._model import Instance, duration_text, load_workspace, read_duration, select
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from roro.config_command import config
from roro.yaml_output import yaml_text

RESOURCE = {"apiVersion": "v1", "kind": "ConfigMap", "name": "{{ instance }}-site"}
API: dict[str, Any] = {
    "manifests": {"path": "deploy", "include": ["*.yaml"], "namespaces": ["kube-public"]},
    "variables": {"image": "shop/api:1", "list": [1, {"a": None}], "url": "https://{{ host }}/", "host": "h"},
    "systemEnvironment": {"GIT_SHA": {"default": "dev"}},
    "values": {"region": {"resource": RESOURCE, "path": "$.data.region", "default": "local", "wait": "1m30s"}},
    "dependsOn": {"db": {"condition": "started"}, "cache": {"required": False}},
    "readiness": [
        {"kind": "Database.db.example.com", "path": "$.status.phase", "equals": "Ready", "fails": ["Broken"]},
        {"kind": "Job", "anyOf": [{"condition": "Complete"}, {"path": "$.status.x", "exists": False}]},
        {"kind": "Pod", "path": "$.status.phase", "oneOf": ["Running", "Succeeded"]},
    ],
    "forwards": [
        {"name": "http", "target": "service/{{ instance }}", "port": 80, "localPort": 18080, "open": "/docs"},
        {"name": "debug", "target": "deployment/api", "port": "debug", "localPort": "auto", "bind": "127.0.0.2"},
    ],
    "health": [
        {"name": "http", "http": {"target": "service/api", "port": 80, "path": "/", "status": ["2xx"]}, "interval": "1500ms"},
        {"name": "cmd", "exec": {"target": "pod/x", "command": ["true"]}, "startPeriod": "2m", "restart": True, "failures": 5},
    ],
    "profiles": ["web"],
    "timeout": "90s",
    "onFailure": "rollback",
    "onImmutable": "recreate",
    "adoption": "mustMatch",
    "drift": {
        "mode": "propose",
        "ignore": [{"kind": "Deployment.apps", "name": "{{ instance }}", "path": "$.spec.replicas"}, {"kind": "Job", "path": "$..image"}],
        "suspend": True,
        "windows": [{"days": "sat-mon,wed", "from": "22:30", "to": "06:00", "timezone": "Europe/Berlin"}, {"from": "00:00", "to": "24:00"}],
    },
}
DEV = {
    "variables": {"image": "shop/api:2"},
    "instances": [
        {"app": "db"},
        {"app": "api"},
        {"app": "api", "suffix": "blue", "namespace": "elsewhere", "forwards": [{"name": "http", "localPort": "auto"}], "timeout": "1h"},
    ],
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    documents = {
        "workspace.json": {"version": 1, "name": "shop", "variables": {"team": "web"}},
        "apps/api/app.json": API,
        "apps/api/deploy/a.yaml": {},
        "apps/db/app.json": {},
        "apps/cache/app.json": {},
        "apps/db/manifests/a.yaml": {},
        "apps/cache/manifests/a.yaml": {},
        "environments/dev/environment.json": DEV,
    }
    for name, document in documents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(document))
    return tmp_path


def printed(folder: Path, *options: str) -> str:
    done = CliRunner().invoke(config, ["-w", str(folder), "--profile", "web", *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def selected(folder: Path) -> list[Instance]:
    """The instances without the places that they come from."""
    found = select(load_workspace(folder), "dev", profiles=["web"], system_environment={})
    return [
        replace(
            item,
            variables={name: variable.value for name, variable in item.variables.items()},
            values=tuple(replace(value, place=None, layer="", overridden=()) for value in item.values),
        )
        for item in found.instances
    ]


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_pasted_back_it_must_be_the_same_selection(shop: Path, form: str) -> None:
    before = selected(shop)
    document = json.loads(printed(shop, "-o", "json")) if form == "json" else yaml.safe_load(printed(shop))
    (shop / "environments/dev/environment.json").write_text(json.dumps({"instances": document["instances"]}))
    after = selected(shop)
    resolved = [
        replace(item, variables={**item.variables, "url": "https://h/"} if item.app == "api" else item.variables) for item in before
    ]
    assert after == resolved, "but for a template, which is printed with what it stands for"
    assert printed(shop, "-o", "json") == json.dumps(document, indent=2) + "\n", "and it prints the same again"


def test_an_id_that_is_another_ones_must_be_refused(shop: Path) -> None:
    entry = {"app": "api", "suffix": "blue", "instance": "api"}
    (shop / "environments/dev/environment.json").write_text(json.dumps({"instances": [{"app": "db"}, entry]}))
    with pytest.raises(DocumentError, match='found "api"; this instance is "api-blue"'):
        load_workspace(shop)


@pytest.mark.parametrize(("seconds", "text"), [(300, "5m"), (90.5, "1m30s500ms"), (86400, "1d"), (0.0001, "1ms"), (0.5, "500ms")])
def test_durations_must_be_written_as_documents_have_them(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@given(st.integers(1, 10**9))
def test_every_duration_must_be_read_back_as_it_was(milliseconds: int) -> None:
    assert read_duration(duration_text(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


@pytest.mark.parametrize("options", [("--render", "--explain"), ("--lint", "--render"), ("--render", "--show-secrets")])
def test_options_that_nobody_would_read_must_be_refused(shop: Path, options: tuple[str, str]) -> None:
    done = CliRunner().invoke(config, ["-w", str(shop), *options])
    assert "--" in str(done.exception), done.output


def test_texts_of_several_lines_must_be_blocks(shop: Path) -> None:
    script = "#!/bin/sh\necho one\n\n  echo two\n"
    (shop / "apps/db/manifests/a.yaml").unlink()
    (shop / "apps/db/manifests/a.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "db"}, "data": {"run.sh": script, "long": "word " * 60}})
    )
    told = CliRunner().invoke(config, ["-w", str(shop), "dev", "db", "--render"], catch_exceptions=False).stdout
    assert "  run.sh: |\n    #!/bin/sh\n    echo one\n\n      echo two\n" in told
    assert yaml.safe_load(told)["data"]["run.sh"] == script
    assert len(told.splitlines()) < 20, "no text is wrapped"


@pytest.mark.parametrize("text", ["all:\n\tmake x\n", "a  \nb\n", "\ta\nb", "a\n\n\n", "\n\na\n"])
def test_tabs_and_blanks_at_line_ends_must_not_put_a_file_on_one_line(text: str) -> None:
    told = yaml_text({"file": text, "next": 1})
    assert told.startswith("file: |") and yaml.safe_load(told) == {"file": text, "next": 1}, told


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.text(st.sampled_from("ab \t\n#:-'\"|é\u2028\ufeff\r"), max_size=12), min_size=1))
def test_every_text_must_be_read_back_as_it_was(document: dict[str, str]) -> None:
    assert yaml.safe_load(yaml_text({"list": [document], **document})) == {"list": [document], **document}


def test_headers_that_log_in_must_be_hidden_unless_asked_for(shop: Path) -> None:
    headers = {"Authorization": "Bearer s3cr3t", "X-Api-Key": "s3cr3t", "Accept": "text/plain"}
    probe = {"target": "service/db", "port": 80, "headers": headers}
    (shop / "apps/db/app.json").write_text(json.dumps({"health": [{"name": "http", "http": probe}]}))
    (row,) = [row for row in json.loads(printed(shop, "-o", "json"))["instances"] if row["app"] == "db"]
    assert row["health"][0]["http"]["headers"] == {"Authorization": "<hidden>", "X-Api-Key": "<hidden>", "Accept": "text/plain"}
    assert printed(shop, "-o", "json", "--show-secrets").count("s3cr3t") == 2
