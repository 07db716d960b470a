# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster, which user, and the way there: one Access from argument, environment and kubeconfig."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..._errors import ConnectionFailed
from ..types import Connection, ResolvedConnection, Source
from . import kubeconfig as kube
from .access import Access, Certificate, Credentials, Pem
from .credentials import LegacyProviderCredentials, StaticCredentials, TokenFileCredentials, basic, expanded
from .environment import bypassed, combined, proxy_from_environment
from .exec_credential import ExecCredentials
from .from_kubeconfig import KubeconfigCredentials
from .in_cluster import SERVICE_ACCOUNT, in_cluster

DEFAULT_KUBECONFIG = "~/.kube/config"


def resolve(connection: Connection, environ: Mapping[str, str] | None = None, *, service_account: Path = SERVICE_ACCOUNT) -> Access:
    """Everything needed to reach the cluster. Raises ConnectionFailed. Runs no plugin and makes no request.

    environ: the process's environment when None.
    """
    environ = os.environ if environ is None else environ
    full, origins, notes = combined(connection, environ)
    access = _by_host(full, origins) or _by_kubeconfig(full, origins, environ)
    access = access or in_cluster(environ, service_account)
    if access is None:
        raise ConnectionFailed(
            "no cluster was named, and there is no kubeconfig",
            hint="Name a context or kubeconfig, set KUBECONFIG or K8S_AUTH_HOST, or start a local cluster with `roro cluster up`.",
        )
    access = _with_overrides(access, full)
    _check_server(access.server, access.resolved)
    access = _through(access, _proxy(access, full, environ))
    return replace(access, resolved=replace(access.resolved, server=access.server, notes=notes))


def contexts_of(connection: Connection, environ: Mapping[str, str]) -> list[str]:
    """Names of the contexts that the connection could name, sorted. Raises ConnectionFailed for a kubeconfig that cannot be read."""
    full, origins, _ = combined(connection, environ)
    return sorted(_kubeconfig(full, origins, environ)[0].contexts)


def _by_host(full: Connection, origins: Mapping[str, str]) -> Access | None:
    """A server address with its own credentials (or with no kubeconfig to take them from) needs no kubeconfig, as in kubernetes.core."""
    own = full.api_key or (full.username and full.password) or full.client_cert
    if not full.host or not (own or not (full.kubeconfig or full.context)):
        return None
    return Access(full.host, StaticCredentials(), ResolvedConnection(full.host, "", "", "", "host", origins.get("host", "argument")))


def _by_kubeconfig(full: Connection, origins: Mapping[str, str], environ: Mapping[str, str]) -> Access | None:
    config, source, origin = _kubeconfig(full, origins, environ)
    if not full.context and source == "current-context" and not config.current_context:
        if not config.contexts:
            return None
        kube.select(config, None)
    selected = kube.select(config, full.context)
    if full.context:
        source, origin = "context", origins.get("context", "argument")
    return access_of(config, selected, source, origin, persist=bool(full.persist_config))


def _kubeconfig(full: Connection, origins: Mapping[str, str], environ: Mapping[str, str]) -> tuple[kube.Kubeconfig, Source, str]:
    if isinstance(full.kubeconfig, dict):
        return kube.parse(full.kubeconfig, ""), "kubeconfig", "argument"
    if full.kubeconfig:
        config = kube.load(kube.split(full.kubeconfig), must_exist=True)
        return config, "kubeconfig", origins.get("kubeconfig", "argument")
    listed = environ.get("KUBECONFIG", "")
    if listed:
        return kube.load(kube.split(listed), must_exist=False), "current-context", "KUBECONFIG"
    home = environ.get("HOME", "")
    path = str(Path(home) / ".kube" / "config") if home else DEFAULT_KUBECONFIG
    return kube.load([path], must_exist=False), "current-context", DEFAULT_KUBECONFIG


def access_of(config: kube.Kubeconfig, selected: kube.Selected, source: Source, origin: str, *, persist: bool = False) -> Access:
    """The Access of one context of a kubeconfig. Raises ConnectionFailed."""
    cluster, where = selected.cluster, f"context {selected.context}"
    server = kube.text(cluster.get("server"))
    return Access(
        server,
        _renewed(config, selected, lambda chosen: _credentials(chosen, where, persist=persist)),
        ResolvedConnection(server, selected.context, selected.user_name, selected.namespace, source, origin, config.paths),
        ca=_pem(cluster, "certificate-authority", where),
        verify=kube.text(cluster.get("insecure-skip-tls-verify")) != "true",
        server_name=kube.text(cluster.get("tls-server-name")),
        proxy=kube.text(cluster.get("proxy-url")),
        impersonation=_impersonation(selected.user),
    )


def _renewed(config: kube.Kubeconfig, selected: kube.Selected, made: Callable[[kube.Selected], Credentials]) -> Credentials:
    """The credentials of the context, renewed with the files that they come from."""
    return KubeconfigCredentials(config.paths, selected, made) if config.paths and selected.user else made(selected)


def _credentials(selected: kube.Selected, where: str, *, persist: bool) -> Credentials:
    user = selected.user
    certificate = _certificate(user, where)
    token, token_file = kube.text(user.get("token")), kube.text(user.get("tokenFile"))
    if token_file:
        return TokenFileCredentials(token_file, fallback=token, certificate=certificate)
    if token:
        return StaticCredentials("token", authorization=f"Bearer {token}", certificate=certificate)
    if user.get("username"):
        header = basic(kube.text(user.get("username")), kube.text(user.get("password")))
        return StaticCredentials("basic", authorization=header, certificate=certificate)
    if isinstance(user.get("exec"), Mapping):
        return ExecCredentials(user["exec"], _cluster_info(selected.cluster, where), where=where, fallback=certificate)
    provider = user.get("auth-provider")
    if isinstance(provider, Mapping):
        document = _single(selected)
        return LegacyProviderCredentials(
            kube.text(provider.get("name")), document, selected.context, persist=persist, certificate=certificate
        )
    return StaticCredentials(certificate=certificate)


def _certificate(user: Mapping[str, Any], where: str) -> Certificate | None:
    certificate, key = _pem(user, "client-certificate", where), _pem(user, "client-key", where)
    if certificate is None:
        return None
    if key is None:
        raise ConnectionFailed(
            "the user has a client certificate and no client key", where=where, hint="Add `client-key` or `client-key-data`."
        )
    return Certificate(certificate, key)


def _pem(entry: Mapping[str, Any], key: str, where: str) -> Pem | None:
    """`KEY-data` (base64), which wins, or the file named by KEY."""
    data = kube.text(entry.get(f"{key}-data"))
    if data:
        try:
            return Pem(key, base64.b64decode("".join(data.split()), validate=True))
        except binascii.Error as error:
            raise ConnectionFailed(f"`{key}-data` is not base64", where=where, hint="Correct it in the kubeconfig.") from error
    path = kube.text(entry.get(key))
    return Pem(key, path=expanded(path)) if path else None


def _cluster_info(cluster: Mapping[str, Any], where: str) -> dict[str, Any]:
    """`spec.cluster` of KUBERNETES_EXEC_INFO; a CA file is handed over as data."""
    names = ("server", "tls-server-name", "insecure-skip-tls-verify", "proxy-url")
    info = {name: cluster[name] for name in names if cluster.get(name)}
    ca = _pem(cluster, "certificate-authority", where)
    if ca is not None:
        info["certificate-authority-data"] = base64.b64encode(ca.read()).decode("ascii")
    for extension in cluster.get("extensions") or []:
        if isinstance(extension, Mapping) and extension.get("name") == "client.authentication.k8s.io/exec":
            info["config"] = extension.get("extension")
    return info


def _single(selected: kube.Selected) -> dict[str, Any]:
    name = selected.context
    context = {"cluster": name, "user": name, "namespace": selected.namespace}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": selected.cluster}],
        "users": [{"name": name, "user": selected.user}],
        "contexts": [{"name": name, "context": context}],
    }


def _impersonation(user: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation"""
    headers = [("Impersonate-User", kube.text(user.get("as")))] if user.get("as") else []
    headers += [("Impersonate-Uid", kube.text(user.get("as-uid")))] if user.get("as-uid") else []
    headers += [("Impersonate-Group", kube.text(group)) for group in user.get("as-groups") or []]
    for key, values in (user.get("as-user-extra") or {}).items():
        headers += [(f"Impersonate-Extra-{key}", kube.text(value)) for value in values or []]
    return tuple(headers)


def _with_overrides(access: Access, full: Connection) -> Access:
    """Fields that were given win over what the kubeconfig says."""
    if full.host:
        access = replace(access, server=full.host)
    if full.ca_cert:
        access = replace(access, ca=Pem("CA", path=expanded(full.ca_cert)))
    if full.validate_certs is not None:
        access = replace(access, verify=full.validate_certs)
    if full.impersonate_user:
        groups = tuple(("Impersonate-Group", group) for group in full.impersonate_groups)
        access = replace(access, impersonation=(("Impersonate-User", full.impersonate_user), *groups))
    elif full.impersonate_groups:
        raise ConnectionFailed(
            "groups to impersonate were given without a user", hint="Give impersonate_user (K8S_AUTH_IMPERSONATE_USER) too."
        )
    return replace(
        access,
        server=access.server.rstrip("/"),
        credentials=_given_credentials(full, access.credentials),
        proxy_headers=dict(full.proxy_headers or {}),
    )


def _given_credentials(full: Connection, found: Credentials) -> Credentials:
    certificate = None
    if full.client_cert:
        key = Pem("client key", path=expanded(full.client_key)) if full.client_key else None
        certificate = Certificate(Pem("client certificate", path=expanded(full.client_cert)), key)
    if full.api_key:
        token = full.api_key.strip().removeprefix("Bearer ")
        return StaticCredentials("token", authorization=f"Bearer {token}", certificate=certificate)
    if full.username and full.password:
        return StaticCredentials("basic", authorization=basic(full.username, full.password), certificate=certificate)
    return StaticCredentials(certificate=certificate) if certificate else found


def _check_server(server: str, resolved: ResolvedConnection) -> None:
    where = f"context {resolved.context}" if resolved.context else resolved.origin
    try:
        parts = urlsplit(server)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConnectionFailed(
            f'"{server}" is no address of an API server',
            where=where,
            hint="It looks like https://HOST:6443; correct `server` or the host given.",
        )


def _proxy(access: Access, full: Connection, environ: Mapping[str, str]) -> str:
    """The proxy in use, "" for none: the one given, else the kubeconfig's, else the environment's; none where no_proxy excludes it."""
    proxy = full.proxy or access.proxy
    if full.no_proxy is not None and bypassed(access.server, full.no_proxy):
        return ""
    proxy = proxy or proxy_from_environment(access.server, environ)
    if not proxy:
        return ""
    if urlsplit(proxy).scheme not in ("http", "https"):
        raise ConnectionFailed(
            f"the proxy's scheme `{urlsplit(proxy).scheme or 'none'}` is not supported",
            where=f"context {access.resolved.context}" if access.resolved.context else None,
            hint="Use an http:// or https:// proxy; for SOCKS, run an HTTP proxy in front of it.",
        )
    return proxy


def _through(access: Access, proxy: str) -> Access:
    """With that proxy. What its URL says of a user becomes the header that says so, as kubectl does, unless that was given."""
    parts = urlsplit(proxy)
    if not parts.username:
        return replace(access, proxy=proxy)
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return replace(access, proxy=bare, proxy_headers={"proxy_basic_auth": user, **access.proxy_headers})
