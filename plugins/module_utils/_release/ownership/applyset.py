# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance as an ApplySet, so that other tools can find what it owns. Pure.

The record's Secret is the set's parent; every object of the instance is a member. The format is KEP-3659's in kubectl's spelling
(kubernetes/kubectl, pkg/cmd/apply/applyset.go): https://kep.k8s.io/3659. Nothing of ours depends on it: the record says what is owned.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from ..._objects import ObjectRef
from ..._version import VERSION

_PREFIX = "applyset.kubernetes.io"
LABEL_PART_OF = f"{_PREFIX}/part-of"
"""On members: the id of their set."""
LABEL_ID = f"{_PREFIX}/id"
"""On the parent."""
_TOOLING = f"{_PREFIX}/tooling"
_KINDS = f"{_PREFIX}/contains-group-kinds"
_NAMESPACES = f"{_PREFIX}/additional-namespaces"


def applyset_id(name: str, namespace: str) -> str:
    """The id of the set whose parent is that Secret; a label value of 55 characters."""
    digest = hashlib.sha256(f"{name}.{namespace}.Secret.".encode()).digest()
    return f"applyset-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}-v1"


def parent_annotations(namespace: str, members: Iterable[ObjectRef]) -> dict[str, str]:
    """Who keeps the set, and where its members are: kinds as `Kind.group`, and namespaces beside the parent's."""
    refs = list(members)
    kinds = {f"{ref.kind}.{ref.group}" if ref.group else ref.kind for ref in refs}
    elsewhere = {ref.namespace for ref in refs if ref.namespace} - {namespace}
    return {_TOOLING: f"roro/v{VERSION}", _KINDS: ",".join(sorted(kinds)), _NAMESPACES: ",".join(sorted(elsewhere))}
