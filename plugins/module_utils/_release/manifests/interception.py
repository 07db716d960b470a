# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects pass through a server that is itself among the objects: an admission webhook, or the conversion of a kind. Pure.

The rules are those of https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules .
Selectors that need the cluster (namespaceSelector, objectSelector, matchConditions) are taken to match: too early a place in the order
would lose the webhook, too late a one costs a moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._objects import Identity, KubeObject
from .references import pod_template

WEBHOOKS = frozenset(
    {
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    }
)
DEFINITION = ("apiextensions.k8s.io", "CustomResourceDefinition")
_WRITES = frozenset({"*", "CREATE", "UPDATE"})
_PODS = ("", "pods")


class Interceptor:
    """What one webhook configuration, or one CustomResourceDefinition with a conversion webhook, intercepts."""

    def __init__(self, obj: KubeObject) -> None:
        self._kind: tuple[str, str] | None = None
        self._rules: list[dict[str, Any]] = []
        if obj.get("kind") == DEFINITION[1]:
            spec = _dict(obj.get("spec"))
            self._kind = (str(spec.get("group")), str(_dict(spec.get("names")).get("kind")))
        else:
            self._rules = [rule for webhook in _dicts(obj.get("webhooks")) for rule in _dicts(webhook.get("rules"))]

    def meets(self, identity: Identity, obj: KubeObject, plural: str) -> bool:
        """Whether writing the object, or making its pods, asks this interceptor. plural: of the object's kind, "" when not known."""
        if self._kind is not None:
            return identity[:2] == self._kind
        if identity[:2] in WEBHOOKS or identity[:2] == DEFINITION:
            return False
        asked = [(identity[0], plural)] if plural else []
        if pod_template(obj) is not None:
            asked.append(_PODS)
        return any(_matches(rule, group, name) for rule in self._rules for group, name in asked)


def interceptors(objects: Mapping[Identity, KubeObject]) -> Iterator[tuple[Identity, Interceptor]]:
    """The objects that intercept others, in the order given."""
    for identity, obj in objects.items():
        if identity[:2] in WEBHOOKS or (identity[:2] == DEFINITION and conversion_service(obj)):
            yield identity, Interceptor(obj)


def conversion_service(definition: KubeObject) -> dict[str, Any]:
    """The Service that converts between the versions of a kind, {} when none does."""
    webhook = _dict(_dict(_dict(definition.get("spec")).get("conversion")).get("webhook"))
    return _dict(_dict(webhook.get("clientConfig")).get("service"))


def _matches(rule: Mapping[str, Any], group: str, plural: str) -> bool:
    resources = {str(item).partition("/")[0] for item in rule.get("resources") or [] if "/" not in str(item) or str(item) == "*/*"}
    return (
        bool({"*", group} & set(rule.get("apiGroups") or []))
        and bool({"*", plural} & resources)
        and bool(_WRITES & set(rule.get("operations") or []))
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
