# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names promise something that not everybody should see. Names only: nobody can tell a password by its value. Pure."""

from __future__ import annotations

import re
from typing import Any

from .._secrets import HIDDEN

_WORDS = "pass|passwd|password|passphrase|pwd|secret|secrets|token|credential|credentials|key|apikey|auth|dsn|pat|salt|cert|certificate"
_SECRET = re.compile(
    rf"(?:^|_)(?:{_WORDS})(?:_|$)|password|passphrase|secret|token|credential|(?:api|private|access|signing|encryption)_?key"
)
_HARMLESS = re.compile(
    r"(?:^|_)public_key$|(?:^|_)key_(?:name|id)$|(?:secret|token|key|credentials?)_(?:name|ref|path|file|count|ttl|length)$"
)
_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-.]")

_TOOLS = "AWS ARM AZURE GOOGLE GCLOUD CLOUDSDK ALIBABA_CLOUD OCI IBMCLOUD OS HCLOUD DIGITALOCEAN CLOUDFLARE"
_TOOLS += " VAULT ANSIBLE AWX TOWER CONTROLLER"
_OURS = ("K8S_AUTH", "RORO_GIT", "RORO_REGISTRY")
_MEANT_FOR_DOCUMENTS = frozenset({"RORO_REGISTRY_AUTH"})
"""Made for the Secrets with which a cluster pulls images."""
_PREFIXES = tuple(f"{tool}_" for tool in (*_TOOLS.split(), *_OURS, "SSH", "GPG", "GH", "GITHUB", "GITLAB", "CI_JOB", "CI_REGISTRY"))
_ENDINGS = ("_TOKEN", "_CREDENTIALS", "_API_KEY", "_APIKEY", "_ACCESS_KEY", "_SECRET_KEY", "_PRIVATE_KEY", "_PAT")
_EXACTLY = frozenset({"KUBECONFIG", "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE", "NETRC", "PGPASSWORD", "MYSQL_PWD", "SSHPASS", "TOKEN"})


def looks_secret(name: str) -> bool:
    """Whether a variable's name says that its value is one to hide: `dbPassword`, `API_KEY`, `github-token`; not `publicKey`."""
    plain = _BORDER.sub("_", name).lower()
    return bool(_SECRET.search(plain)) and not _HARMLESS.search(plain)


def without_secrets(name: str, value: Any) -> Any:
    """The value of a variable as it may be shown, also where a name inside it says so. "" and what is no text or number stay."""
    if isinstance(value, dict):
        return {key: without_secrets(f"{name}_{key}" if looks_secret(name) else str(key), item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(name, item) for item in value]
    secret = looks_secret(name) and value not in ("", None) and not isinstance(value, bool)
    return HIDDEN if secret else value


def is_callers_credential(name: str) -> bool:
    """Whether a variable of the system environment belongs to a tool of whoever runs this: `AWS_SECRET_ACCESS_KEY`, `GITHUB_TOKEN`,
    `KUBECONFIG`. What an app calls its own (`SHOP_DB_PASSWORD`) is no such name."""
    upper = name.upper()
    if upper in _MEANT_FOR_DOCUMENTS:
        return False
    return upper in _EXACTLY or upper.startswith(_PREFIXES) or upper.endswith(_ENDINGS)
