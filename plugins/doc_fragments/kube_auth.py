# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that reach a cluster; the words are those of kubernetes.core."""

from __future__ import annotations


class ModuleDocFragment:
    """`extends_documentation_fragment: roro.kube.kube_auth`."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path to a kubeconfig file, or the content of one as a dictionary.
      - Without this option the environment variable E(K8S_AUTH_KUBECONFIG) is used.
    type: raw
  context:
    description:
      - Name of a context in the kubeconfig.
      - Without this option the environment variable E(K8S_AUTH_CONTEXT) is used, then what the environment document says.
        The current context of your kubeconfig is never taken by itself.
    type: str
  host:
    description:
      - URL of the API server.
      - Without this option the environment variable E(K8S_AUTH_HOST) is used.
    type: str
  api_key:
    description:
      - Bearer token.
      - Without this option the environment variable E(K8S_AUTH_API_KEY) is used.
    type: str
  username:
    description:
      - User name for basic authentication.
      - Without this option the environment variable E(K8S_AUTH_USERNAME) is used.
    type: str
  password:
    description:
      - Password for basic authentication.
      - Without this option the environment variable E(K8S_AUTH_PASSWORD) is used.
    type: str
  client_cert:
    description:
      - Path to a client certificate file.
      - Without this option the environment variable E(K8S_AUTH_CERT_FILE) is used.
    type: path
    aliases: [cert_file]
  client_key:
    description:
      - Path to the key file of the client certificate.
      - Without this option the environment variable E(K8S_AUTH_KEY_FILE) is used.
    type: path
    aliases: [key_file]
  ca_cert:
    description:
      - Path to the certificate of the authority that signed the API server's certificate.
      - Without this option the environment variable E(K8S_AUTH_SSL_CA_CERT) is used.
    type: path
    aliases: [ssl_ca_cert]
  validate_certs:
    description:
      - Whether the API server's certificate is checked.
      - Without this option the environment variable E(K8S_AUTH_VERIFY_SSL) is used, then what the kubeconfig says.
    type: bool
    aliases: [verify_ssl]
  proxy:
    description:
      - URL of an HTTP proxy to reach the API server through.
      - Without this option the environment variable E(K8S_AUTH_PROXY) is used.
    type: str
  no_proxy:
    description:
      - Comma-separated hosts, domains and networks that are reached without the proxy.
      - Without this option the environment variable E(K8S_AUTH_NO_PROXY) is used.
    type: str
  impersonate_user:
    description:
      - User to act as.
      - Without this option the environment variable E(K8S_AUTH_IMPERSONATE_USER) is used.
    type: str
  impersonate_groups:
    description:
      - Groups to act as.
      - Without this option the environment variable E(K8S_AUTH_IMPERSONATE_GROUPS) is used, a comma-separated list.
    type: list
    elements: str
  persist_config:
    description:
      - Whether credentials that were refreshed are written back to the kubeconfig.
      - Without this option the environment variable E(K8S_AUTH_PERSIST_CONFIG) is used.
    type: bool
requirements:
  - python >= 3.11
  - kubernetes >= 31
  - urllib3 >= 2.2
"""
