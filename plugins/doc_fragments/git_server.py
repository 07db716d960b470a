# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that reach a Git server."""

from __future__ import annotations


class ModuleDocFragment:
    """`extends_documentation_fragment: roro.kube.git_server`."""

    DOCUMENTATION = r"""
options:
  username:
    description:
      - User at an HTTPS server. Without this option it is the one in the address, or V(git), which servers take beside a token.
    type: str
  password:
    description:
      - Password or token for an HTTPS server. It is used by this task alone and kept nowhere.
      - It reaches Git through a private file, and is in no argument, address, configuration or log.
      - Without this option it is the one that C(roro git credentials add) or C(roro git login) kept for that server, where the task runs.
    type: str
    aliases: [token]
  password_file:
    description:
      - HTTPS - a file whose first line is the password or token, such as a mounted secret.
    type: path
  key_file:
    description:
      - SSH - a private key, instead of those of the agent and of C(~/.ssh).
    type: path
  key_passphrase:
    description:
      - Passphrase of O(key_file). Without this option it is the one that C(roro git credentials add) kept for that file.
    type: str
  known_hosts:
    description:
      - SSH - a file of more known host keys, beside C(~/.ssh/known_hosts).
    type: path
  accept_host:
    description:
      - SSH - trust the server's host key, in this task, where it has this fingerprint, such as V(SHA256:) and 43 characters.
      - A server whose host key is not known is refused otherwise.
    type: str
  ca_file:
    description:
      - HTTPS - a file with the authorities to trust, instead of the machine's. The check cannot be left out.
    type: path
  client_certificate:
    description:
      - HTTPS - a certificate that the server asks for, a PEM file.
    type: path
  client_key:
    description:
      - HTTPS - the key of O(client_certificate), where it is in another file.
    type: path
  client_key_passphrase:
    description:
      - Passphrase of that key.
    type: str
  proxy:
    description:
      - HTTPS - a proxy, such as V(http://pat@proxy.example.com:3128).
      - Without this option it is that of E(https_proxy).
    type: str
  proxy_password:
    description:
      - Password for O(proxy).
    type: str
  git_helpers:
    description:
      - HTTPS - whether the credential helpers of the user's own Git configuration are asked as well.
    type: bool
    default: false
requirements:
  - python >= 3.11
  - GitPython >= 3.1.58
  - jsonschema >= 4.23
  - PyYAML >= 6
  - ruamel.yaml >= 0.18
  - git >= 2.31 (2.38 for M(roro.kube.sync))
"""
