#!/usr/bin/env bash
# kubernetes 35.0.0, 36.0.3 and 37.0.2 (PyPI), the official client for Python
#
# `load_kube_config` has always put a kubeconfig's token under `configuration.api_key["authorization"]`, and many programs read it there to open a connection of their own (a WebSocket,
# a proxy, an httpx client). Since 36 it lies under "BearerToken": the old key and `get_api_key_with_prefix("authorization")` give None, without a warning, and such a
# program asks without credentials. `auth_settings()` gives the header in every version.
#
# roro asks `auth_settings()` alone (the room _cluster).
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cat >"$work/ask.py" <<'PY'
import kubernetes
from kubernetes import client, config

kubeconfig = {
    "apiVersion": "v1", "kind": "Config", "current-context": "here",
    "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
    "clusters": [{"name": "here", "cluster": {"server": "https://127.0.0.1:6443"}}],
    "users": [{"name": "me", "user": {"token": "abc"}}],
}
configuration = client.Configuration()
config.load_kube_config_from_dict(kubeconfig, client_configuration=configuration)
settings = configuration.auth_settings()["BearerToken"]
print(kubernetes.__version__, sorted(configuration.api_key), configuration.get_api_key_with_prefix("authorization"), settings["key"], settings["value"])
PY
for version in 35.0.0 36.0.3 37.0.2; do
  python3 -m venv "$work/$version"
  "$work/$version/bin/pip" install --quiet --disable-pip-version-check "kubernetes==$version"
  "$work/$version/bin/python" "$work/ask.py" >>"$work/seen"
done
diff - "$work/seen" <<'SEEN' && echo "as found: since kubernetes 36 the token is not under \"authorization\""
35.0.0 ['authorization'] Bearer abc authorization Bearer abc
36.0.3 ['BearerToken'] None authorization Bearer abc
37.0.2 ['BearerToken'] None authorization Bearer abc
SEEN
