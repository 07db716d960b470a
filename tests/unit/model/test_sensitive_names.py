"""What only its owner should see must be hidden by its name, and the caller's own credentials must stay with the caller."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace, select, without_secrets
from ansible_collections.roro.kube.plugins.module_utils._model.sensitive import HIDDEN, is_callers_credential, looks_secret

SECRET = "password dbPassword DB_PASSWORD db-password pwd token githubToken GITHUB_TOKEN apiKey api_key API_KEY secret clientSecret"
SECRET += " aws_secret_access_key privateKey signingKey credentials passphrase key auth dsn redisAuth tls.key basicAuthPassword"
PLAIN = "replicas image host publicKey public_key keyboard monkey author secretName secret_name tokenCount keyId path tag domain compass"
PLAIN += " passengers keys_total authority credentialsFile"
MINE = "AWS_ACCESS_KEY_ID AWS_PROFILE GITHUB_TOKEN NPM_TOKEN K8S_AUTH_API_KEY K8S_AUTH_HOST KUBECONFIG SSH_AUTH_SOCK VAULT_ADDR PGPASSWORD"
MINE += " GOOGLE_APPLICATION_CREDENTIALS ANSIBLE_VAULT_PASSWORD_FILE AZURE_CLIENT_SECRET STRIPE_API_KEY deploy_token OS_PASSWORD"
ITS_OWN = "GIT_SHA SHOP_DB_PASSWORD TAG CI HOME OSTYPE MONKEY TOKENS AWSOME BUILD_ID"


@pytest.mark.parametrize("name", SECRET.split())
def test_a_name_that_says_so_must_count_as_secret(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize("name", PLAIN.split())
def test_an_ordinary_name_must_be_shown(name: str) -> None:
    assert not looks_secret(name)


@pytest.mark.parametrize("name", MINE.split())
def test_a_credential_of_the_caller_must_be_known_by_its_name(name: str) -> None:
    assert is_callers_credential(name)


@pytest.mark.parametrize("name", ITS_OWN.split())
def test_what_an_app_calls_its_own_must_be_no_credential_of_the_caller(name: str) -> None:
    assert not is_callers_credential(name)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("dbPassword", "hunter2", HIDDEN),
        ("dbPassword", "", ""),
        ("dbPassword", None, None),
        ("useToken", True, True),
        ("pin_secret", 1234, HIDDEN),
        ("token", ["a", ["b"]], [HIDDEN, [HIDDEN]]),
        ("db", {"host": "h", "password": "p", "users": [{"name": "n", "apiKey": "k"}]}, None),
        ("secret", {"a": "x", "b": {"c": "y"}}, {"a": HIDDEN, "b": {"c": HIDDEN}}),
    ],
)
def test_only_what_is_secret_must_be_hidden_however_deep(name: str, value: Any, shown: Any) -> None:
    expected = {"host": "h", "password": HIDDEN, "users": [{"name": "n", "apiKey": HIDDEN}]} if name == "db" else shown
    assert without_secrets(name, value) == expected


@pytest.fixture
def wanting(write_workspace: Callable[..., Path]) -> Any:
    """A workspace whose app wants these variables of the system environment."""

    def write(**wanted: dict[str, Any]) -> Any:
        return load_workspace(write_workspace(apps={"api": {"systemEnvironment": wanted}}))

    return write


def test_a_credential_of_the_caller_must_be_refused_with_its_place(wanting: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        select(wanting(GITHUB_TOKEN={}), "dev", system_environment={"GITHUB_TOKEN": "ghp_x"}, allowed_environment=())
    message = str(caught.value)
    assert "apps/api/app.json:" in message
    assert "GITHUB_TOKEN is a credential of whoever runs this" in message
    assert "--allow-env GITHUB_TOKEN" in message
    assert "ghp_x" not in message


def test_it_must_be_read_when_it_is_allowed_or_nothing_is_rendered(wanting: Any) -> None:
    workspace = wanting(GITHUB_TOKEN={})
    for allowed in (["GITHUB_TOKEN"], None):
        chosen = select(workspace, "dev", system_environment={"GITHUB_TOKEN": "x"}, allowed_environment=allowed)
        assert chosen.instances[0].variables["GITHUB_TOKEN"].value == "x"


def test_one_that_is_not_set_must_take_its_default(wanting: Any) -> None:
    chosen = select(wanting(GITHUB_TOKEN={"default": "none"}), "dev", system_environment={}, allowed_environment=())
    assert chosen.instances[0].variables["GITHUB_TOKEN"].value == "none"
    assert chosen.notices == ()


def test_what_was_taken_from_the_system_environment_must_be_told(wanting: Any) -> None:
    workspace = wanting(TAG={}, GIT_SHA={"default": "dev"}, MISSING={"default": ""})
    chosen = select(workspace, "dev", system_environment={"TAG": "1", "GIT_SHA": "abc", "OTHER": "x"}, allowed_environment=())
    assert chosen.notices == ("taken from the system environment: GIT_SHA, TAG",)
