# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An internal error of the server (500), by what it says: who failed, and what to do. Pure.

The words are those of Kubernetes 1.34: k8s.io/apiserver pkg/admission/plugin/webhook/errors/statuserror.go, k8s.io/apiextensions-apiserver
pkg/apiserver/conversion/webhook_converter.go, sigs.k8s.io/structured-merge-diff typed/, go.etcd.io/etcd api/v3rpc/rpctypes/error.go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Saying:
    """reason: one word for machines. hint: what to do, for a person."""

    reason: str
    hint: str


_SCHEMA = re.compile(r"failed to create typed (patch|live) object|duplicate entries for key|errors:\s+\.\S+: ")
_WEBHOOK = re.compile(r'failed calling webhook "(?P<name>[^"]+)"')
_DENIED = re.compile(r'admission webhook "[^"]+" denied the request')
_CONVERSION = re.compile(r"conversion webhook for (?P<version>\S+), Kind=(?P<kind>[^\s,]+)")
_PATCH = re.compile(r"jsonpatch|doc is missing (path|key)|webhook attempted to modify", re.IGNORECASE)
_SERVICE = re.compile(r'(?:Post|Get) "https?://(?P<name>[a-z0-9-]+)\.(?P<namespace>[a-z0-9-]+)\.svc(?:[.:/"])')
_TOO_LARGE = re.compile(r"request is too large|trying to send message larger than max")
_STORE_FULL = re.compile(r"database space exceeded")
_FULL_RANGE = re.compile(r"range is full|provided (IP|port) is already allocated")


def saying(message: str) -> Saying:
    """What a 500 with that message is about; an unknown one is the server's own."""
    if match := _CONVERSION.search(message):
        return Saying(
            "ConversionFailed",
            f"Objects of {match['kind']} are converted between versions by a webhook that fails{_behind(message)}: bring its server up, or"
            " see spec.conversion of its CustomResourceDefinition.",
        )
    if _DENIED.search(message):
        return Saying("AdmissionDenied", "Correct the manifest, or ask those who keep the webhook.")
    if match := _WEBHOOK.search(message):
        return Saying(
            "WebhookFailed",
            f"The admission webhook {match['name']} does not answer{_behind(message)}: bring its server up, or ask those who keep it"
            " (`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations`).",
        )
    if _SCHEMA.search(message):
        return Saying("Invalid", "The object does not fit the schema of its kind: correct the field in the manifest.")
    for pattern, reason, hint in _OTHERS:
        if pattern.search(message):
            return Saying(reason, hint)
    return Saying("", "The API server failed with this by itself: try again, and see its log if it stays so.")


_OTHERS = (
    (_PATCH, "WebhookFailed", "A mutating webhook answered with a change that does not fit the object: ask those who keep it."),
    (_TOO_LARGE, "TooLarge", "The object is larger than the server's store takes (etcd: 1.5 MiB for a request): divide it."),
    (_STORE_FULL, "StoreFull", "The server's store (etcd) is full: nothing can be written until somebody makes room."),
    (
        _FULL_RANGE,
        "RangeFull",
        "No address or port is left in the cluster's range for Services: delete some, or let the range be widened.",
    ),
)


def _behind(message: str) -> str:
    """` (Service shop/guard)`, "" when the message names none."""
    match = _SERVICE.search(message)
    return f" (Service {match['namespace']}/{match['name']})" if match else ""
